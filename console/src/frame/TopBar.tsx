import { GlobalOutlined, MenuOutlined, MoonOutlined, SearchOutlined, UserOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { Link, useNavigate } from "react-router";
import { api, ok, useMe, useSignOut } from "@/api";
import { useLabel, useLocale, useT, useTheme } from "@/ui";
import { BrandMenu } from "./BrandMenu";
import { Mark } from "./Mark";
import { Running } from "./Running";
import { frameWords } from "./words";

export function LanguageButton({ remember = false }: { remember?: boolean }) {
  const t = useT(frameWords);
  const { locale, setLocale } = useLocale();
  const next = locale === "zh" ? "en" : "zh";
  const act = () => {
    setLocale(next);
    // The page follows at once; the account only remembers it for the next device.
    if (remember) void ok(api.PATCH("/api/v1/me", { body: { locale: next } })).catch(() => undefined);
  };
  return (
    <Button type="text" icon={<GlobalOutlined aria-hidden />} aria-label={t("language")} onClick={act}>
      {next === "zh" ? "中" : "EN"}
    </Button>
  );
}

export function ThemeButton() {
  const t = useT(frameWords);
  const { mode, setMode } = useTheme();
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        selectable: true,
        selectedKeys: [mode],
        items: [
          { key: "light", label: t("light") },
          { key: "dark", label: t("dark") },
          { key: "system", label: t("system") },
        ],
        onClick: ({ key }) => setMode(key as "light" | "dark" | "system"),
      }}
    >
      <Button type="text" icon={<MoonOutlined aria-hidden />} aria-label={t("theme")} />
    </Dropdown>
  );
}

function MeMenu() {
  const t = useT(frameWords);
  const me = useMe();
  const label = useLabel();
  const navigate = useNavigate();
  const signOut = useSignOut();
  return (
    <Dropdown
      trigger={["click"]}
      menu={{
        items: [
          { key: "who", disabled: true, label: <span>{me.user.name} · {label("role", me.role)}</span> },
          { type: "divider" },
          { key: "account", label: t("myAccount") },
          { key: "out", label: t("signOut") },
        ],
        onClick: ({ key }) => {
          if (key === "account") void navigate("/settings/account");
          if (key === "out") signOut.mutate();
        },
      }}
    >
      <Button type="text" icon={<UserOutlined aria-hidden />} aria-label={t("me")} />
    </Dropdown>
  );
}

export function TopBar({ phone, onMenu, onSearch }: { phone: boolean; onMenu: () => void; onSearch: () => void }) {
  const t = useT(frameWords);
  const me = useMe();
  return (
    <header className="frame-top">
      {phone ? <Button type="text" icon={<MenuOutlined aria-hidden />} aria-label={t("openMenu")} onClick={onMenu} /> : null}
      <Link className="frame-brand" to="/">
        <Mark />
        <span className="clip">{me.workspace.name}</span>
      </Link>
      <BrandMenu />
      <button type="button" className="frame-search" onClick={onSearch} aria-label={t("searchHint")}>
        <SearchOutlined aria-hidden />
        <span className="clip">{t("searchHint")}</span>
        <kbd>{navigator.userAgent.includes("Mac") ? "⌘K" : "Ctrl K"}</kbd>
      </button>
      <div className="frame-tools">
        <Running />
        <LanguageButton remember />
        {phone ? null : <ThemeButton />}
        <MeMenu />
      </div>
    </header>
  );
}
