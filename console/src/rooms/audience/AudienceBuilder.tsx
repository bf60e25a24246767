import { Button, Input } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api, asProblem, ok, type AnswerOf } from "@/api";
import { format, QueryState, FormBanner, Page, useConfirm, useLocale, useNotify, useProblem, useT } from "@/ui";
import { useLeaveGuard } from "@/ui/leaveGuard";
import { fromTree, LANGUAGE, placeFaults, toTree, TreeEditor, useLanguage, type Group, type Language, type PlacedFault, type Tree } from "@/rooms/audience/tree";
import { AUDIENCES, useAudience, useReachable, type AudienceDetail } from "./data";
import { CountPanel } from "./CountPanel";
import { SamplePanel } from "./SamplePanel";
import { useBuilder } from "./useBuilder";
import { audienceWords } from "./words";
import "./audience.css";

interface AudienceBuilderProps {
  language: Language;
  audience: AudienceDetail | null;
}

function useSave(audience: AudienceDetail | null) {
  const t = useT(audienceWords);
  const notify = useNotify();
  const cache = useQueryClient();
  return async (label: string, root: Group, expected?: number): Promise<string> => {
    const body = { label, tree: toTree(root) };
    const saved = audience
      ? await ok(api.PUT("/api/v1/audiences/{audience_id}", { params: { path: { audience_id: audience.id } }, body: { ...body, name: audience.name, ...(expected === undefined ? {} : { expected }) } }))
      : await ok(api.POST("/api/v1/audiences", { body }));
    await cache.invalidateQueries({ queryKey: AUDIENCES });
    await cache.invalidateQueries({ queryKey: LANGUAGE });
    notify.done(t("savedAs", { name: label }));
    return String(saved.id);
  };
}

/** Conditions that another page has made and hands over in the address, such as a move between stages of a report. */
function useStartingTree(): { tree: Tree | null; label: string } {
  const [params] = useSearchParams();
  const text = params.get("tree");
  if (!text) return { tree: null, label: "" };
  try {
    return { tree: JSON.parse(text) as Tree, label: params.get("label") ?? "" };
  } catch {
    return { tree: null, label: "" };
  }
}

/** Who would come in and go out, and what that reaches. */
function Moves({ moves }: { moves: AnswerOf<"/api/v1/audiences/{audience_id}/revision-preview", "post"> }) {
  const t = useT(audienceWords);
  const { locale } = useLocale();
  const names = moves.used_by.map((use) => use.name).join(locale === "zh" ? "、" : ", ");
  const number = (value: number | null): string => (value === null ? "?" : format.number(value, locale));
  return (
    <div className="stack tight">
      <strong className="num">{moves.entering === null ? t("movesUnknown") : t("moves", { enter: number(moves.entering), leave: number(moves.leaving) })}</strong>
      <span>{t("movesReach", { names })}</span>
    </div>
  );
}

function AudienceBuilder({ language, audience }: AudienceBuilderProps) {
  const t = useT(audienceWords);
  const navigate = useNavigate();
  const problems = useProblem();
  const save = useSave(audience);
  const confirm = useConfirm();
  const starting = useStartingTree();
  const [label, setLabel] = useState(audience?.label ?? starting.label);
  const [root, setRoot] = useState<Group>(() => fromTree((audience?.tree as Tree | undefined) ?? starting.tree));
  const [dirty, setDirty] = useState(false);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [saveFaults, setSaveFaults] = useState<Map<string, PlacedFault[]>>(new Map());
  const [checked, setChecked] = useState(false);
  const live = useBuilder(root);
  const reach = useReachable(live.tree, live.key, live.counted !== undefined && !live.fetching && !live.failed).data?.reachable;
  useLeaveGuard(dirty && !busy);

  const missing = useMemo(() => {
    const marks = new Map(live.faults);
    for (const [id, list] of saveFaults) marks.set(id, list);
    if (checked) for (const id of live.unfinished) marks.set(id, [{ path: id, reason: t("finishFirst"), reason_zh: t("finishFirst"), inside: [] }]);
    for (const [id, list] of live.refused) marks.set(id, list);
    return marks;
  }, [live.faults, live.unfinished, live.refused, saveFaults, checked, t]);

  const store = async (expected?: number): Promise<void> => {
    setBusy(true);
    const id = await save(label.trim(), root, expected);
    void navigate(`/audiences/${id}`);
  };
  const submit = async (): Promise<void> => {
    setChecked(true);
    setRefusal(null);
    if (!label.trim()) { setRefusal(t("nameMissing")); return; }
    if (live.unfinished.size) { setRefusal(t("finishFirst")); return; }
    setBusy(true);
    try {
      const moves = audience?.used_by.length ? await ok(api.POST("/api/v1/audiences/{audience_id}/revision-preview", { params: { path: { audience_id: audience.id } }, body: { tree: toTree(root) } })) : null;
      if (moves && (moves.entering !== 0 || moves.leaving !== 0)) {
        setBusy(false);
        confirm({ title: t("reviseAsk", { name: label.trim() }), act: t("saveAs"), body: <Moves moves={moves} />, run: () => store(moves.entering === null || moves.leaving === null ? undefined : moves.entering + moves.leaving).finally(() => { setBusy(false); }) });
        return;
      }
      await store();
    } catch (error) {
      const problem = asProblem(error);
      setSaveFaults(placeFaults(root, problem.faults.filter((fault) => fault.path.startsWith("tree")).map((fault) => ({ ...fault }))));
      setRefusal([problems.text(problem), ...problem.faults.filter((fault) => !fault.path.startsWith("tree")).map(problems.fault)].join(" "));
      setBusy(false);
    }
  };
  const change = (next: Group): void => { setRoot(next); setDirty(true); setSaveFaults(new Map()); };
  return (
    <Page
      title={audience ? t("editTitle") : t("newTitle")} crumbs={[{ to: "/audiences", label: t("title") }]}
      actions={<Button type="primary" loading={busy} onClick={() => void submit()}>{audience ? t("saveAs") : t("saveNew")}</Button>}
    >
      <FormBanner text={refusal} />
      <div className="grid-side builder">
        <div className="stack">
          <section className="panel stack tight">
            <label htmlFor="audience-label" className="panel-title">{t("nameLabel")}</label>
            <Input id="audience-label" value={label} maxLength={80} placeholder={t("nameHint")} onChange={(event) => { setLabel(event.target.value); setDirty(true); }} />
          </section>
          <section className="panel" aria-label={t("who")}>
            <h2>{t("who")}</h2>
            <TreeEditor root={root} onChange={change} language={language} faults={missing} />
            <p className="builder-reads"><span className="muted">{t("reads")}</span> {live.sentence}</p>
          </section>
        </div>
        <div className="stack builder-side">
          <CountPanel count={live.counted?.count} reachable={reach} total={live.counted?.total} bars={live.bars} fetching={live.fetching} stale={live.stale} progress={live.progress} failed={live.failed} unfinished={live.unfinished.size} />
          <SamplePanel tree={live.tree} treeKey={live.key} enabled={!live.failed} language={language} />
        </div>
      </div>
    </Page>
  );
}

export default function AudienceBuilderPage() {
  const { id } = useParams();
  const language = useLanguage();
  const audience = useAudience(id);
  return (
    <QueryState query={language}>
      {(language) => (id === undefined ? <AudienceBuilder language={language} audience={null} /> : <QueryState query={audience}>{(saved) => <AudienceBuilder key={String(saved.id)} language={language} audience={saved} />}</QueryState>)}
    </QueryState>
  );
}
