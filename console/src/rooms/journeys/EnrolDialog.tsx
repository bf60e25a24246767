import { Modal } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok } from "@/api";
import { ChoiceSelect, Field, format, FormBanner, useConfirm, useLocale, useNotify, useProblem, useT } from "@/ui";
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
  const problems = useProblem();
  const notify = useNotify();
  const confirm = useConfirm();
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
      const preview = await ok(api.POST("/api/v1/journeys/{journey_id}/enrol-preview", { ...at(journey.id), body }));
      const n = (value: number): string => format.number(value, locale);
      confirm({
        title: t("enrolAsk", { n: n(preview.entering), name: journey.name }), act: t("enrolAct"),
        body: (
          <div className="stack tight">
            <span>{t("enrolNamed", { n: n(preview.named), out: n(preview.named - preview.entering) })}</span>
            <span>{t("enrolReachable", { n: n(preview.reachable) })}</span>
            {preview.restarting ? <span>{t("enrolRestarting", { n: n(preview.restarting) })}</span> : null}
          </div>
        ),
        run: async () => {
          const done = await ok(api.POST("/api/v1/journeys/{journey_id}/enrol", { ...at(journey.id), body }));
          notify.done(done.coming ? t("enrolComing") : t("enrolDone", { n: n(done.entered) }));
          await refresh(cache);
          onClose();
        },
      });
    } catch (error) {
      setRefusal(problems.text(error));
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
