import { Steps } from "antd";
import { useState } from "react";
import { useNavigate } from "react-router";
import { Page, useConfirm, useIsPhone, useLocalized, useNotify, useT } from "@/ui";
import { useLeaveGuard } from "@/ui/leaveGuard";
import { useImportActs, usePreview } from "./data";
import { MapColumns } from "./MapColumns";
import { PreviewStep } from "./PreviewStep";
import type { Plan, Preview, Uploaded } from "./types";
import { UploadStep } from "./UploadStep";
import { importWords } from "./words";

/** Three steps: the file, what its columns are, what the first rows become. Nothing is written before the last button. */
export default function NewImport() {
  const t = useT(importWords);
  const phone = useIsPhone();
  const navigate = useNavigate();
  const notify = useNotify();
  const confirm = useConfirm();
  const localized = useLocalized();
  const [step, setStep] = useState(0);
  const [uploaded, setUploaded] = useState<Uploaded | null>(null);
  const [plan, setPlan] = useState<Plan | null>(null);
  const [previewed, setPreviewed] = useState<Preview | null>(null);
  const preview = usePreview();
  const { start } = useImportActs();
  const take = (file: Uploaded) => {
    setUploaded(file);
    setPlan(null);
  };
  const toPreview = async (next: Plan) => {
    setPlan(next);
    try {
      setPreviewed(await preview.mutateAsync(next));
      setStep(2);
    } catch (error) {
      notify.failed(error);
    }
  };
  useLeaveGuard(uploaded !== null && !start.isPending && !start.isSuccess);
  const bring = async (whole: Plan, expected: number) => {
    const run = await start.mutateAsync({ ...whole, expected });
    await navigate(`/imports/${String(run.id)}`, { replace: true });
  };
  const begin = async () => {
    if (!plan || !preview.data) return;
    const { enrolling, journeys } = preview.data;
    if (journeys.length > 0) {
      confirm({
        title: t("mayEnrol"), act: t("importAct"), people: enrolling,
        body: <div className="stack tight">{journeys.map((journey) => <span key={journey.journey_id}>{localized(journey.text)}</span>)}</div>,
        run: () => bring(plan, enrolling),
      });
      return;
    }
    await bring(plan, enrolling).catch(notify.failed);
  };
  return (
    <Page title={t("newImport")} crumbs={[{ to: "/imports", label: t("imports") }]}>
      <div className="stack loose">
        <Steps current={step} size="small" orientation="horizontal" {...(phone ? { titlePlacement: "vertical" as const } : {})} responsive={false} items={[{ title: t("step1") }, { title: t("step2") }, { title: t("step3") }]} />
        {step === 0 ? (
          <UploadStep
            onUploaded={(file) => {
              take(file);
              setStep(1);
            }}
          />
        ) : null}
        {step === 1 && uploaded ? <MapColumns key={uploaded.file} onUploaded={take} uploaded={uploaded} plan={plan} busy={preview.isPending} onBack={() => setStep(0)} onNext={(next) => void toPreview(next)} /> : null}
        {step === 2 && plan && previewed ? <PreviewStep plan={plan} preview={previewed} busy={start.isPending || preview.isPending} onBack={() => setStep(1)} onChange={(next) => void toPreview(next)} onStart={() => void begin()} /> : null}
      </div>
    </Page>
  );
}
