import { BranchesOutlined, LinkOutlined, UploadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { Link } from "react-router";
import { useT } from "@/ui";
import { todayWords } from "./words";

/** What an empty shop does first. */
export function Start() {
  const t = useT(todayWords);
  const steps = [
    { icon: <UploadOutlined aria-hidden />, title: t("step1"), hint: t("step1Hint"), act: t("step1Act"), to: "/imports" },
    { icon: <LinkOutlined aria-hidden />, title: t("step2"), hint: t("step2Hint"), act: t("step2Act"), to: "/settings" },
    { icon: <BranchesOutlined aria-hidden />, title: t("step3"), hint: t("step3Hint"), act: t("step3Act"), to: "/journeys/new" },
  ];
  return (
    <section>
      <h2 className="today-title">{t("startTitle")}</h2>
      <p className="muted">{t("startLead")}</p>
      <ol className="start">
        {steps.map((step, index) => (
          <li key={step.to} className="panel">
            <span className="start-number num">{index + 1}</span>
            <h3>{step.icon} {step.title}</h3>
            <p className="muted">{step.hint}</p>
            <Link to={step.to}><Button type={index === 0 ? "primary" : "default"}>{step.act}</Button></Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
