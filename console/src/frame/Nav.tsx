import { Link, useLocation } from "react-router";
import { useT, useZoneLabel } from "@/ui";
import { childHere, isHere, useEntries } from "./entries";
import { frameWords } from "./words";

export function Nav({ onGo }: { onGo?: () => void }) {
  const t = useT(frameWords);
  const { pathname } = useLocation();
  const zone = useZoneLabel();
  const entries = useEntries();
  return (
    <>
      <ul className="nav-list">
        {entries.map((entry) => {
          const here = isHere(pathname, entry);
          const child = childHere(pathname, entry);
          return (
            <li key={entry.to}>
              <Link className={here ? "nav-link here" : "nav-link"} to={entry.to} aria-current={here && !entry.children ? "page" : undefined} onClick={onGo}>
                {entry.icon}
                {t(entry.word)}
              </Link>
              {here && entry.children ? (
                <ul className="nav-sub nav-list">
                  {entry.children.map((item) => (
                    <li key={item.to}>
                      <Link className={child === item.to ? "nav-link here" : "nav-link"} to={item.to} aria-current={child === item.to ? "page" : undefined} onClick={onGo}>
                        {t(item.word)}
                      </Link>
                    </li>
                  ))}
                </ul>
              ) : null}
            </li>
          );
        })}
      </ul>
      <p className="nav-foot">{t("zone", { zone })}</p>
    </>
  );
}
