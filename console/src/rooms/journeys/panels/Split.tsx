import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, InputNumber } from "antd";
import { useProblem, useT } from "@/ui";
import { freshKey, type Arm } from "../graph";
import { journeyWords } from "../words";
import type { FormProps } from "./formProps";

const ARMS_MAX = 6;
const WHOLE = 100;

/** The groups of a random split and their shares, which make 100. */
export function Split({ step, at, onStep }: FormProps) {
  const t = useT(journeyWords);
  const words = useProblem();
  const arms = step.arms ?? [];
  const sum = arms.reduce((total, arm) => total + arm.share, 0);
  const put = (index: number, arm: Arm): void => { onStep({ ...step, arms: arms.map((old, place) => (place === index ? arm : old)) }); };
  return (
    <section className="panel-part">
      <ul className="stack tight">
        {arms.map((arm, index) => (
          <li key={arm.key} className="row">
            <Input aria-label={t("armName")} maxLength={40} value={arm.label} onChange={(event) => { put(index, { ...arm, label: event.target.value }); }} />
            <InputNumber aria-label={`${arm.label} ${t("armShare")}`} min={0} max={WHOLE} precision={0} suffix="%" controls={false} style={{ width: 96 }} value={arm.share} onChange={(share) => { put(index, { ...arm, share: share ?? 0 }); }} />
            <Button type="text" size="small" icon={<DeleteOutlined aria-hidden />} aria-label={t("remove")} disabled={arms.length <= 2} onClick={() => { onStep({ ...step, arms: arms.filter((_, place) => place !== index) }); }} />
          </li>
        ))}
      </ul>
      {sum === WHOLE ? null : <div className="field-fault" role="alert">{t("sharesSum", { n: sum })}</div>}
      {at("arms").map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{words.fault(fault)}</div>)}
      <Button
        type="dashed" block icon={<PlusOutlined aria-hidden />} disabled={arms.length >= ARMS_MAX}
        onClick={() => {
          const key = freshKey(arms.map((arm) => arm.key), "g");
          onStep({ ...step, arms: [...arms, { key, label: String.fromCharCode(65 + arms.length), share: Math.max(0, WHOLE - sum) }] });
        }}
      >
        {t("addArm")}
      </Button>
    </section>
  );
}
