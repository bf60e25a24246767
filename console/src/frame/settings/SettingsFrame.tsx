import { useEffect, useRef } from "react";
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { Problem, useCan } from "@/api";
import { ErrorState, Page, useT } from "@/ui";
import "./settings.css";
import { SECTIONS } from "./sections";
import type { Section } from "./sections";
import { settingsWords } from "./words";

export function SettingsFrame({ section, children }: { section: Section; children: ReactNode }) {
  const t = useT(settingsWords);
  const can = useCan();
  const seen = SECTIONS.filter((item) => !item.permission || can(item.permission));
  const allowed = seen.includes(section);
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the sections scroll sideways; the present one must be in sight.
    nav.current?.querySelector(".here")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [section]);
  return (
    <Page title={t("settings")} lead={t("settingsLead")}>
      <div className="settings">
        <nav ref={nav} className="settings-nav" aria-label={t("settings")}>
          {seen.map((item) => (
            <NavLink key={item.key} to={`/settings/${item.key}`} className={({ isActive }) => (isActive ? "nav-link here" : "nav-link")}>
              {t(item.key)}
            </NavLink>
          ))}
        </nav>
        <section className="settings-body stack" aria-labelledby="section-title">
          <div>
            <h2 id="section-title" className="panel-title">{t(section.key)}</h2>
            <p className="muted">{t(section.lead)}</p>
          </div>
          {allowed ? children : <ErrorState error={new Problem({ status: 403, code: "forbidden" })} />}
        </section>
      </div>
    </Page>
  );
}
