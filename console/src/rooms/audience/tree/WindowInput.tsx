import { Select } from "antd";
import { DateInput, useT } from "@/ui";
import { useTreeScope } from "./context";
import { isAgo, readSpan, type Span } from "./moment";
import { loose, type Loose } from "./tests";
import { SpanInput } from "./ValueInput";
import { treeWords } from "./words";

type Mode = "any" | "within" | "between" | "ago" | "since" | `calendar:${string}`;

function modeOf(body: Loose): Mode {
  if (Array.isArray(body.between)) return body.between.every(isAgo) ? "ago" : "between";
  if (body.since !== undefined) return "since";
  if (typeof body.within === "string") return readSpan(body.within) ? "within" : `calendar:${body.within}`;
  return "any";
}

/** The body without any of the three windows. */
export function withoutWindow(body: Loose): Loose {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !["within", "between", "since"].includes(key)));
}

interface Props {
  body: unknown;
  onChange: (body: Loose) => void;
}

const day = (value: unknown): string => (typeof value === "string" ? value.slice(0, 10) : "");

const back = (span: Span): string => `-${span.n}${span.unit}`;

/** When: at any time, in the last 90 days, between dates or so many days ago, since a date, this month. */
export function WindowInput({ body, onChange }: Props) {
  const t = useT(treeWords);
  const { language, lang } = useTreeScope();
  const own = loose(body);
  const mode = modeOf(own);
  const bare = withoutWindow(own);
  const pick = (next: Mode) => {
    if (next === "any") onChange(bare);
    else if (next === "within") onChange({ ...bare, within: "30d" });
    else if (next === "between") onChange({ ...bare, between: ["", ""] });
    else if (next === "ago") onChange({ ...bare, between: ["-60d", "-30d"] });
    else if (next === "since") onChange({ ...bare, since: "" });
    else onChange({ ...bare, within: next.slice("calendar:".length) });
  };
  const pair = Array.isArray(own.between) ? own.between : [];
  return (
    <span className="tree-pair">
      <Select
        aria-label={t("window")} value={mode} popupMatchSelectWidth={false} onChange={pick}
        options={[
          { value: "any", label: t("anyTime") },
          { value: "within", label: t("withinLast") },
          ...language.windows.map((window) => ({ value: `calendar:${window.value}`, label: window.label[lang] })),
          { value: "between", label: t("betweenDates") },
          { value: "ago", label: t("betweenAgo") },
          { value: "since", label: t("sinceDate") },
        ]}
      />
      {mode === "within" ? <SpanInput value={readSpan(own.within) ?? { n: 30, unit: "d" }} onChange={(span) => { onChange({ ...bare, within: `${span.n}${span.unit}` }); }} /> : null}
      {mode === "ago" ? (
        <>
          <SpanInput value={readSpan(pair[0]) ?? { n: 60, unit: "d" }} onChange={(span) => { onChange({ ...bare, between: [back(span), pair[1] ?? ""] }); }} />
          <span className="tree-word">{t("ago")}</span>
          <span className="tree-word">{t("to")}</span>
          <SpanInput value={readSpan(pair[1]) ?? { n: 30, unit: "d" }} onChange={(span) => { onChange({ ...bare, between: [pair[0] ?? "", back(span)] }); }} />
          <span className="tree-word">{t("ago")}</span>
        </>
      ) : null}
      {mode === "between" ? (
        <>
          <DateInput label={t("fromDate")} value={day(pair[0])} onChange={(from) => { onChange({ ...bare, between: [from, pair[1] ?? ""] }); }} />
          <span className="tree-word">{t("to")}</span>
          <DateInput label={t("toDate")} value={day(pair[1])} onChange={(to) => { onChange({ ...bare, between: [pair[0] ?? "", to] }); }} />
        </>
      ) : null}
      {mode === "since" ? <DateInput label={t("fromDate")} value={day(own.since)} onChange={(since) => { onChange({ ...bare, since }); }} /> : null}
    </span>
  );
}
