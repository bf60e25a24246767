import { CheckOutlined, CloseOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { EmptyState, ErrorState, format, Loading, StateTag, useLocale, useT, useZone } from "@/ui";
import { MemberChip } from "@/rooms/contacts/MemberChip";
import { MemberPicker, type PickedMember } from "@/rooms/contacts/MemberPicker";
import type { Language, Tree } from "@/rooms/audience/tree";
import { explain, useSample, type Explained } from "./data";
import { audienceWords } from "./words";

interface Props {
  tree: Tree;
  treeKey: string;
  enabled: boolean;
  language: Language;
}

/** Why a member is in or out, condition by condition. */
export function Reasons({ explained }: { explained: Explained }) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const zone = useZone();
  return (
    <div className="reasons">
      <StateTag tone={explained.matched ? "good" : "quiet"}>{explained.matched ? t("isIn") : t("isOut")}</StateTag>
      {explained.changes_at ? (
        <p className="reasons-turn">
          {t(explained.matched ? "leavesAt" : "entersAt", { when: format.time(explained.changes_at, zone) })}
          {explained.unless?.[locale] ? t("unless", { facts: explained.unless[locale] }) : null}
        </p>
      ) : null}
      <ul>
        {explained.reasons.map((reason) => (
          <li key={reason.path} className={reason.matched ? "met" : "unmet"}>
            {reason.matched ? <CheckOutlined aria-label={t("met")} /> : <CloseOutlined aria-label={t("notMet")} />}
            <span>
              {locale === "zh" ? reason.zh : reason.en}
              {reason.changes_at ? <span className="muted reason-turns">{t("changesAt", { when: format.time(reason.changes_at, zone) })}</span> : null}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Asks the server why; the answer belongs to one tree and is dropped when the tree changes. */
function useWhy(tree: Tree, treeKey: string) {
  const [question, setQuestion] = useState<{ id: string; key: string } | null>(null);
  const call = useMutation({ mutationFn: (id: string) => explain(tree, id) });
  const ask = (id: string): void => {
    setQuestion({ id, key: treeKey });
    call.mutate(id);
  };
  const current = question?.key === treeKey ? question.id : null;
  return { ask, current, call, close: () => { setQuestion(null); } };
}

/** Five members who are in, each with why; and any member with why in or why out. */
export function SamplePanel({ tree, treeKey, enabled }: Props) {
  const t = useT(audienceWords);
  const sample = useSample(tree, treeKey, enabled);
  const why = useWhy(tree, treeKey);
  const [picked, setPicked] = useState<PickedMember | null>(null);
  const rows = sample.data?.items;
  const answer = (id: string) =>
    why.current === id ? (why.call.isPending ? <Loading rows={2} /> : why.call.error ? <ErrorState error={why.call.error} /> : why.call.data ? <Reasons explained={why.call.data} /> : null) : null;
  return (
    <section className="panel sample-panel">
      <h2>{t("sample")}</h2>
      {!enabled ? null : rows === undefined ? (sample.error ? null : <Loading rows={3} />) : rows.length === 0 ? <EmptyState title={t("sampleNone")} /> : (
        <ul className="sample-list">
          {rows.map((row) => {
            const id = String(row.id);
            return (
              <li key={id}>
                <div className="row between">
                  <MemberChip id={row.id} name={row.name} />
                  <Button size="small" type="text" aria-expanded={why.current === id} onClick={() => { if (why.current === id) why.close(); else why.ask(id); }}>{t("why")}</Button>
                </div>
                {answer(id)}
              </li>
            );
          })}
        </ul>
      )}
      <h3 className="sample-ask">{t("explainTitle")}</h3>
      <MemberPicker label={t("explainHint")} value={picked} onChange={(member) => { setPicked(member); if (member && enabled) why.ask(member.id); }} />
      {picked && !rows?.some((row) => String(row.id) === picked.id) ? answer(picked.id) : null}
    </section>
  );
}
