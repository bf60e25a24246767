import { BranchesOutlined, CheckOutlined, LinkOutlined, UploadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { StateTag, useLocalized, useT } from "@/ui";
import type { Today } from "./data";
import { todayWords } from "./words";

const STEPS = {
  import: { icon: <UploadOutlined aria-hidden />, hint: "importHint", act: "importAct", to: "/imports" },
  connect: { icon: <LinkOutlined aria-hidden />, hint: "connectHint", act: "connectAct", to: "/settings/accounts" },
  journey: { icon: <BranchesOutlined aria-hidden />, hint: "journeyHint", act: "journeyAct", to: "/journeys/new" },
} as const;

/** What a new shop does first; the first step that is open is the one to do. */
export function Start({ steps }: { steps: Today["start"] }) {
  const t = useT(todayWords);
  const localized = useLocalized();
  const next = steps.findIndex((step) => !step.done);
  return (
    <section>
      <h2 className="today-title">{t("startTitle")}</h2>
      <p className="muted">{t("startLead")}</p>
      <ol className="start">
        {steps.map((step, index) => {
          const own = STEPS[step.key];
          return (
            <li key={step.key} className="panel">
              <span className="start-number num">{step.done ? <CheckOutlined aria-hidden /> : index + 1}</span>
              <h3>{own.icon} {localized(step.label)}</h3>
              <p className="muted">{t(own.hint)}</p>
              {step.done ? <StateTag tone="good">{t("done")}</StateTag> : <Link to={own.to}><Button type={index === next ? "primary" : "default"}>{t(own.act)}</Button></Link>}
            </li>
          );
        })}
      </ol>
    </section>
  );
}
