import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useLocale, useT } from "@/ui";
import { factOptions, useLanguage } from "@/rooms/audience/tree";
import { insightWords } from "./words";

interface Props {
  label: string;
  /** "member_created,message_delivered|campaign_sent,order_paid": steps in order, each any one of its facts. */
  value: string;
  onChange: (value: string) => void;
}

const STEPS_MIN = 2;
const STEPS_MAX = 8;

/** The steps of a funnel: each is one fact or any of several, and the same may come twice. */
export function Steps({ label, value, onChange }: Props) {
  const t = useT(insightWords);
  const { locale } = useLocale();
  const language = useLanguage().data;
  const steps = value.split(",").map((step) => step.split("|").filter(Boolean));
  const options = language ? factOptions(language, locale) : [];
  const put = (next: string[][]): void => { onChange(next.map((step) => step.join("|")).join(",")); };
  return (
    <div className="steps-filter" role="group" aria-label={label}>
      <span className="muted">{label}</span>
      {steps.map((step, index) => (
        <span key={index} className="row steps-one">
          {index > 0 ? <span className="muted" aria-hidden="true">→</span> : null}
          <Select
            mode="multiple" aria-label={t("stepN", { n: index + 1 })} className="steps-select" value={step} options={options} showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false} placeholder={t("stepN", { n: index + 1 })}
            onChange={(kinds: string[]) => { if (kinds.length) put(steps.map((old, at) => (at === index ? kinds : old))); }}
          />
          {steps.length > STEPS_MIN ? <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={t("removeStep", { n: index + 1 })} onClick={() => { put(steps.filter((_, at) => at !== index)); }} /> : null}
        </span>
      ))}
      {steps.length < STEPS_MAX ? <Button type="text" size="small" icon={<PlusOutlined aria-hidden />} onClick={() => { put([...steps, ["order_paid"]]); }}>{t("addStep")}</Button> : null}
    </div>
  );
}
