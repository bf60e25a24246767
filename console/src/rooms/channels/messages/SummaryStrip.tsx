import { format, Num, Stat, useLabel, useLocale, useT } from "@/ui";
import type { Summary } from "./data";
import { channelWords } from "./words";

interface Props {
  summary: Summary;
  onPick: (filters: { state: string; reason?: string }) => void;
}

const BARS_MAX = 6;

/** What became of the messages, and why some were withheld; each figure filters the list. */
export function SummaryStrip({ summary, onPick }: Props) {
  const t = useT(channelWords);
  const { locale } = useLocale();
  const label = useLabel();
  const of = (state: string): number => summary.states.find((item) => item.state === state)?.count ?? 0;
  const reasons = summary.reasons.filter((item) => item.state === "withheld" && item.count > 0).sort((a, b) => b.count - a.count).slice(0, BARS_MAX);
  const most = reasons[0]?.count ?? 0;
  const { total } = summary;
  const share = (n: number): string => (total ? format.percent(n / total) : "");
  const figures: [string, string, number][] = [
    ["", t("sentAll"), of("sent") + of("delivered") + of("sending")],
    ["queued", label("message_state", "queued"), of("queued")],
    ["held", label("message_state", "held"), of("held")],
    ["delivered", label("message_state", "delivered"), of("delivered")],
    ["withheld", label("message_state", "withheld"), of("withheld")],
    ["failed", label("message_state", "failed"), of("failed")],
    ["in_doubt", label("message_state", "in_doubt"), of("in_doubt")],
  ];
  return (
    <section className="panel message-strip">
      <div className="message-figures">
        {figures.filter(([state, , value]) => state !== "held" || value > 0).map(([state, title, value]) => (
          <button key={title} type="button" className={value > 0 && (state === "failed" || state === "in_doubt") ? "figure-button alarm" : "figure-button"} onClick={() => { onPick({ state }); }}>
            <Stat label={title} value={<Num value={value} short />} note={share(value)} />
          </button>
        ))}
      </div>
      <div className="message-reasons">
        <h2>{t("withheldWhy")}</h2>
        {reasons.length === 0 ? <p className="muted">{t("noneWithheld")}</p> : (
          <ul>
            {reasons.map((item) => (
              <li key={item.reason}>
                <button type="button" onClick={() => { onPick({ state: "withheld", reason: item.reason }); }}>
                  <span className="row between"><span className="clip">{label("message_reason", item.reason)}</span><span className="num">{format.compact(item.count, locale)}</span></span>
                  <span className="reason-bar" aria-hidden="true"><span style={{ width: `${most ? (item.count / most) * 100 : 0}%` }} /></span>
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
