import { Modal } from "antd";
import { useState } from "react";
import { ChoiceSelect, Field, FormBanner, useT } from "@/ui";
import { useJourneys } from "./data";
import { useEnrol } from "./useEnrol";
import { runWords } from "./words";

/** Lets members that are listed elsewhere into a live journey, after saying how many would enter. */
export function EnrolListed({ memberIds, onClose }: { memberIds: number[]; onClose: () => void }) {
  const t = useT(runWords);
  const journeys = (useJourneys().data?.items ?? []).filter((journey) => journey.state === "live");
  const [chosen, setChosen] = useState("");
  const { enrol, busy, refusal } = useEnrol(onClose);
  const journey = journeys.find((each) => String(each.id) === chosen);
  return (
    <Modal open title={t("enrolListed", { n: memberIds.length })} okText={t("enrolAct")} cancelText={t("cancel")} confirmLoading={busy} okButtonProps={{ disabled: !journey }} onCancel={onClose} onOk={() => { if (journey) void enrol(journey, { member_ids: memberIds }); }}>
      <FormBanner text={refusal} />
      <Field label={t("enrolJourney")}>
        {(id) => <ChoiceSelect id={id} value={chosen} placeholder={t("enrolPick")} choices={journeys.map((each) => ({ value: String(each.id), label: { zh: each.name, en: each.name } }))} onChange={setChosen} />}
      </Field>
    </Modal>
  );
}
