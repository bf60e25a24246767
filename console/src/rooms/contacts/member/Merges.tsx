import { Alert, Button, Form, Input, Modal, Select } from "antd";
import { useCallback, useState } from "react";
import { useCan } from "@/api";
import { FormBanner, FormField, StateTag, Time, useApiForm, useLocalized, useConfirm, useNotify, useT } from "@/ui";
import { useCloseGuard } from "@/ui/leaveGuard";
import { useMemberActs, useMemberSearch, useMergeJourneys, useMerges } from "../data";
import type { Member } from "../types";
import { contactsWords } from "../words";

interface Values {
  other_id: number;
  reason: string;
}

const FOUND_MAX = 10;

/** Joins another record into this one, with the reason. */
export function MergeDialog({ member, called, onClose }: { member: Member; called: string; onClose: () => void }) {
  const t = useT(contactsWords);
  const notify = useNotify();
  const { merge } = useMemberActs(String(member.id));
  const [text, setText] = useState("");
  const [form] = Form.useForm<Values>();
  const closing = useCloseGuard(() => form.isFieldsTouched(), onClose);
  const members = useMemberSearch(text, FOUND_MAX);
  const localized = useLocalized();
  const other = Form.useWatch("other_id", form);
  const journeys = useMergeJourneys(member.id, other).data;
  const send = useCallback((body: Values) => merge.mutateAsync(body), [merge]);
  const { submit, busy, banner } = useApiForm(form, send);
  const act = async (values: Values) => {
    if (!(await submit(values))) return;
    notify.done(t("merged"));
    onClose();
  };
  const options = (members.data?.items ?? []).filter((row) => row.id !== member.id).map((row) => ({ value: row.id, label: `${row.name ?? t("unnamed", { id: row.id })}${row.phone ? ` · ${row.phone}` : ""} · #${String(row.id)}` }));
  return (
    <Modal open title={t("mergeTitle", { name: called })} okText={t("merge")} cancelText={t("cancel")} confirmLoading={busy} onCancel={closing} onOk={() => form.submit()}>
      <p className="muted" style={{ marginBottom: 16 }}>{t("mergeLead")}</p>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(values: Values) => void act(values)}>
        <FormBanner text={banner} />
        <FormField name="other_id" label={t("mergeWith")} rules={[{ required: true, message: t("needed") }]}>
          <Select showSearch={{ filterOption: false, onSearch: setText }} placeholder={t("searchMembers")} loading={members.isFetching} options={options} notFoundContent={text ? t("nothingFound") : t("searchMembers")} />
        </FormField>
        {journeys && localized(journeys.text) ? <Alert type="warning" showIcon title={localized(journeys.text)} style={{ marginBottom: 16 }} /> : null}
        <FormField name="reason" label={t("mergeReason")} extra={t("mergeReasonHint")} rules={[{ required: true, whitespace: true, message: t("needed") }]}>
          <Input.TextArea rows={2} maxLength={500} />
        </FormField>
      </Form>
    </Modal>
  );
}

/** Past merges of this record; each can be undone once. */
export function Merges({ member }: { member: Member }) {
  const t = useT(contactsWords);
  const can = useCan();
  const localized = useLocalized();
  const confirm = useConfirm();
  const { undo } = useMemberActs(String(member.id));
  const merges = (useMerges(String(member.id)).data?.items ?? []).filter((merge) => merge.winner_id === member.id);
  if (merges.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="merges-title">
      <h2 id="merges-title">{t("merges")}</h2>
      <ul className="line-list">
        {merges.map((merge) => (
          <li key={merge.id}>
            <div>
              <div>{t("mergedFrom", { id: merge.loser_name ?? `#${String(merge.loser_id)}` })}</div>
              <div className="fact-note">{localized(merge.reason)} · {t("by", { who: merge.merged_by_name })} · <Time value={merge.merged_at} style="day" /></div>
            </div>
            {merge.undone_at ? (
              <StateTag>{t("undone")}</StateTag>
            ) : can("members.merge") ? (
              <Button size="small" onClick={() => confirm({ title: t("undoTitle"), body: t("undoBody"), people: 2, act: t("undo"), run: () => undo.mutateAsync(merge.id) })}>{t("undo")}</Button>
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
