import { DownOutlined } from "@ant-design/icons";
import { Badge, Button, Dropdown } from "antd";
import { useNavigate } from "react-router";
import { useBrands, useOpenBrand } from "@/api";
import { useLabel, useNotify, useT } from "@/ui";
import { frameWords } from "./words";

/** Switches between one's brands; shown to those who have several, or are asked to join one. */
export function BrandMenu() {
  const t = useT(frameWords);
  const label = useLabel();
  const navigate = useNavigate();
  const notify = useNotify();
  const open = useOpenBrand();
  const { items = [], invitations = [] } = useBrands().data ?? {};
  if (items.length + invitations.length < 2) return null;
  const present = items.filter((brand) => brand.current).map((brand) => String(brand.id));
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        selectable: true,
        selectedKeys: present,
        items: [
          ...items.map((brand) => ({ key: String(brand.id), label: `${brand.name} · ${label("role", brand.role)}` })),
          ...invitations.map((brand) => ({ key: `asked-${String(brand.id)}`, label: t("asksYou", { name: brand.name }) })),
        ],
        onClick: ({ key }) => {
          if (key.startsWith("asked-")) void navigate("/settings/workspace");
          else if (!present.includes(key)) open.mutate(Number(key), { onError: notify.failed });
        },
      }}
    >
      <Badge dot={invitations.length > 0}>
        <Button type="text" size="small" loading={open.isPending} icon={<DownOutlined aria-hidden />} aria-label={t("switchBrand")} />
      </Badge>
    </Dropdown>
  );
}
