import { Breadcrumb } from "antd";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { useT } from "./i18n";

export interface Crumb {
  to: string;
  label: ReactNode;
}

interface PageProps {
  title: string;
  /** Beside the title: the state of the object. */
  tag?: ReactNode;
  /** One sentence: what this page is for, or how the object is doing. */
  lead?: ReactNode;
  actions?: ReactNode;
  crumbs?: Crumb[];
  /** Uses the whole width: canvases and wide tables. */
  wide?: boolean;
  children: ReactNode;
}

export function Page({ title, tag, lead, actions, crumbs, wide = false, children }: PageProps) {
  const t = useT();
  useEffect(() => {
    document.title = `${title} · Siyu`;
  }, [title]);
  return (
    <div className={wide ? "page wide" : "page"}>
      {crumbs ? (
        <nav aria-label={t("back")} className="page-crumbs">
          <Breadcrumb items={[...crumbs.map((crumb) => ({ title: <Link to={crumb.to}>{crumb.label}</Link> })), { title }]} />
        </nav>
      ) : null}
      <header className="page-head">
        <div className="grow" style={{ minWidth: 220 }}>
          <div className="row wrap">
            <h1>{title}</h1>
            {tag}
          </div>
          {lead ? <p className="page-lead">{lead}</p> : null}
        </div>
        {actions ? <div className="page-actions row wrap">{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}
