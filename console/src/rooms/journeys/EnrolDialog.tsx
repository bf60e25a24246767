import { Modal } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api";
import { ChoiceSelect, Field, format, FormBanner, useLocale, useNotify, useProblem, useT } from "@/ui";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import type { Language } from "@/rooms/audience/tree";
import { at, refresh, type JourneyDetail } from "./data";
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
  const { locale } = useLocale();
  const words = useProblem();
  const notify = useNotify();
  const cache = useQueryClient();
  const [member, setMember] = useState<PickedMember | null>(null);
  const [audience, setAudience] = useState("");
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const enrol = async (): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      const body = audience ? { audience } : { member_ids: [Number(member?.id)] };
      const done = await ok(api.POST("/api/v1/journeys/{journey_id}/enrol", { ...at(journey.id), body }));
      notify.done(done.coming ? t("enrolComing") : t("enrolDone", { n: format.number(done.entered, locale) }));
      await refresh(cache);
      onClose();
    } catch (error) {
      setRefusal(words.text(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      open={open} title={t("enrolTitle")} okText={t("enrolAct")} cancelText={t("cancel")} confirmLoading={busy} okButtonProps={{ disabled: !member && !audience }}
      onOk={() => void enrol()} onCancel={onClose} destroyOnHidden
    >
      <div className="stack">
        <FormBanner text={refusal} />
        <Field label={t("enrolWho")}>{() => <MemberPicker label={t("pickMember")} value={member} onChange={(picked) => { setMember(picked); setAudience(""); }} />}</Field>
        <Field label={t("enrolOr")}>{(id) => <ChoiceSelect id={id} value={audience} choices={language.audiences} onChange={(name) => { setAudience(name); setMember(null); }} />}</Field>
      </div>
    </Modal>
  );
}
