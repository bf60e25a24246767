import { Drawer } from "antd";
import { useState } from "react";
import { useT } from "@/ui";
import { Nav } from "./Nav";
import { ThemeButton } from "./TopBar";
import { frameWords } from "./words";

/** The navigation of a phone: a drawer from the left, gone once somebody has chosen. */
export default function PhoneNav({ onClose }: { onClose: () => void }) {
  const t = useT(frameWords);
  const [open, setOpen] = useState(true);
  const close = () => setOpen(false);
  return (
    <Drawer
      open={open} placement="left" size={264} onClose={close} title={t("brand")} extra={<ThemeButton />} styles={{ body: { padding: "12px 8px", display: "flex", flexDirection: "column" } }}
      afterOpenChange={(shown) => { if (!shown) onClose(); }}
    >
      <nav aria-label={t("main")} style={{ display: "contents" }}>
        <Nav onGo={close} />
      </nav>
    </Drawer>
  );
}
