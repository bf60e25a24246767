import { BookOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { QueryState, EmptyState, Page, useLocalized, useT } from "@/ui";
import { useReports } from "./data";
import { insightWords } from "./words";
import "./insight.css";

/** The questions there are answers to. */
export default function Gallery() {
  const t = useT(insightWords);
  const localized = useLocalized();
  const query = useReports();
  return (
    <Page title={t("title")} lead={t("lead")} actions={<Link to="/insight/dictionary"><Button icon={<BookOutlined aria-hidden />}>{t("dictionary")}</Button></Link>}>
      <QueryState query={query}>
        {(reports) =>
          reports.items.length === 0 ? <EmptyState title={t("noReports")} /> : (
            <ul className="reports">
              {reports.items.map((kind) => (
                <li key={kind.name}>
                  <Link to={`/insight/${kind.name}`} className="panel report-card">
                    <h2>{localized(kind.title)}</h2>
                    <p>{localized(kind.about)}</p>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </QueryState>
    </Page>
  );
}
