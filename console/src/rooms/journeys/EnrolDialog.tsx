import { Modal } from "antd";
import { useState } from "react";
import { ChoiceSelect, Field, FormBanner, useT } from "@/ui";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import type { Language } from "@/rooms/audience/tree";
import type { JourneyDetail } from "./data";
import { useEnrol } from "./useEnrol";
import { runWords } from "./words";

interface Props {
  journey: JourneyDetail;
  language: Language;
  open: boolean;
  onClose: () => void;
}

/** Lets one member or a whole audience in by hand. */
export function EnrolDialog({ journey, language, open, onClose }: Props) {
  const t = useT(runWords);
  const [member, setMember] = useState<PickedMember | null>(null);
  const [audience, setAudience] = useState("");
  const { enrol, busy, refusal } = useEnrol(onClose);
  return (
    <Modal
      open={open} title={t("enrolTitle")} okText={t("enrolAct")} cancelText={t("cancel")} confirmLoading={busy} okButtonProps={{ disabled: !member && !audience }}
      onOk={() => void enrol(journey, audience ? { audience } : { member_ids: [Number(member?.id)] })} onCancel={onClose} destroyOnHidden
    >
      <div className="stack">
        <FormBanner text={refusal} />
        <Field label={t("enrolWho")}>{() => <MemberPicker label={t("pickMember")} value={member} onChange={(picked) => { setMember(picked); setAudience(""); }} />}</Field>
        <Field label={t("enrolOr")}>{(id) => <ChoiceSelect id={id} value={audience} choices={language.audiences} onChange={(name) => { setAudience(name); setMember(null); }} />}</Field>
      </div>
    </Modal>
  );
}
