import { LoadingOutlined, ThunderboltOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Popover, Progress } from "antd";
import { Link } from "react-router";
import { api, ok, useCan } from "@/api";
import { format, useLocale, useT } from "@/ui";
import { frameWords } from "./words";

const BUSY = new Set(["waiting", "running"]);
const EVERY_BUSY_MS = 3_000;
const EVERY_IDLE_MS = 30_000;

/** Running work with progress; asked for often only while something runs. */
export function Running() {
  const t = useT(frameWords);
  const { locale } = useLocale();
  const can = useCan();
  const query = useQuery({
    queryKey: ["running"],
    queryFn: () => ok(api.GET("/api/v1/imports", { params: { query: { limit: 20 } } })),
    enabled: can("imports.read"),
    refetchInterval: (running) => (running.state.data?.items.some((item) => BUSY.has(item.state)) ? EVERY_BUSY_MS : EVERY_IDLE_MS),
  });
  const works = (query.data?.items ?? []).filter((item) => BUSY.has(item.state));
  const body = (
    <div className="stack tight" style={{ width: 260 }}>
      {works.length === 0 ? <span className="muted">{t("nothingRunning")}</span> : null}
      {works.map((work) => {
        const total = work.rows_total ?? 0;
        return (
          <Link key={work.id} to={`/imports/${work.id}`} style={{ color: "inherit" }}>
            <div className="clip">{work.file_name}</div>
            <Progress percent={total ? Math.floor((work.rows_done / total) * 100) : 0} size="small" status="active" aria-label={work.file_name} />
            <div className="muted num">{t("rowsOf", { done: format.number(work.rows_done, locale), total: format.number(total, locale) })}</div>
          </Link>
        );
      })}
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" title={t("running")} content={body}>
      <Button type="text" icon={works.length ? <LoadingOutlined aria-hidden /> : <ThunderboltOutlined aria-hidden />} aria-label={t("running")}>
        {works.length ? works.length : null}
      </Button>
    </Popover>
  );
}
