import type { ReactNode } from "react";
import { Link } from "react-router";
import { useT } from "./i18n";

interface Props {
  name: string | null | undefined;
  note?: ReactNode;
  /** Links there when given. */
  href?: string;
}

/** Somebody, with the first letter of their name as their face. */
export function PersonChip({ name, note, href }: Props) {
  const t = useT();
  const shown = name?.trim() ? name.trim() : t("unknown");
  const inner = (
    <>
      <span className="person-face" aria-hidden="true">{Array.from(shown)[0]?.toUpperCase()}</span>
      <span style={{ minWidth: 0 }}>
        <span className="person-name clip">{shown}</span>
        {note ? <span className="person-note clip">{note}</span> : null}
      </span>
    </>
  );
  return href ? <Link className="person" to={href}>{inner}</Link> : <span className="person">{inner}</span>;
}
