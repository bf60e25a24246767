import { format, Num, useLocale, useT } from "@/ui";
import { insightWords } from "./words";

interface Props {
  steps: string[];
  values: (number | null)[];
}

/** A funnel as bars that begin at zero: how many, what share of the first step, what share of the step before. */
export function Funnel({ steps, values }: Props) {
  const t = useT(insightWords);
  const { locale } = useLocale();
  const first = values[0] ?? 0;
  return (
    <ol className="funnel">
      {steps.map((step, index) => {
        const value = values[index] ?? 0;
        const before = index > 0 ? (values[index - 1] ?? 0) : 0;
        return (
          <li key={step}>
            {index > 0 ? <div className="funnel-between muted num" title={t("ofPrevious")}>↓ {before ? format.percent(value / before) : "—"}</div> : null}
            <div className="funnel-row">
              <span className="funnel-name">{step}</span>
              <span className="funnel-bar" aria-hidden="true"><span style={{ width: `${first ? Math.max((value / first) * 100, value ? 0.5 : 0) : 0}%` }} /></span>
              <span className="funnel-value"><Num value={value} /> <span className="muted num">{first ? format.percent(value / first) : "—"}</span></span>
            </div>
          </li>
        );
      })}
      <li className="muted funnel-note">{locale === "zh" ? `右侧百分比：${t("ofFirst")}；箭头：${t("ofPrevious")}` : `On the right: ${t("ofFirst")}; arrows: ${t("ofPrevious")}`}</li>
    </ol>
  );
}
