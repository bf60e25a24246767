import { ExclamationCircleOutlined, UndoOutlined } from "@ant-design/icons";
import { Alert, Button, Drawer, Input, Popover, Segmented } from "antd";
import { useMemo, useState } from "react";
import { Link, useParams } from "react-router";
import { useCan, type FieldFault } from "@/api";
import { format, Money, Num, Page, QueryState, Stat, useIsPhone, useLabel, useLocale, useProblem, useT } from "@/ui";
import { useLanguage, type Language } from "@/rooms/audience/tree";
import { useTemplates } from "@/rooms/content/data";
import { useCounts, useJourney, useVersions, type JourneyDetail } from "./data";
import { Canvas } from "./canvas/Canvas";
import { Outline } from "./canvas/Outline";
import { CanvasContext, type Lit } from "./canvas/scope";
import { DryRunDrawer } from "./DryRunDrawer";
import { EnrolDialog } from "./EnrolDialog";
import { EnrolmentsDrawer } from "./EnrolmentsDrawer";
import { connect, insert, placeOfPath, type Graph, type StepKinds } from "./graph";
import { JourneyActions } from "./JourneyActions";
import { JourneyStateTag } from "./JourneyList";
import { TRIGGER_ID } from "./layout";
import { outline } from "./outline";
import { openEnds, sameGraph } from "./openEnds";
import { PickerContext } from "./panels/pickerScope";
import { RulesPanel } from "./panels/RulesPanel";
import { StepPanel } from "./panels/StepPanel";
import { TriggerPanel } from "./panels/TriggerPanel";
import { numbered, stepTitle, type Describer } from "./describe";
import { useGraphText, useStepKinds } from "./stepKinds";
import { useDraft, type Draft } from "./useDraft";
import { VersionsDrawer } from "./VersionsDrawer";
import { journeyWords } from "./words";
import "./journeys.css";

/** As wide as journeys.css keeps free beside the canvas. */
const STEP_PANEL_PX = 380;

type Mode = "edit" | "run";
type Open = "versions" | "dry" | "rules" | "enrol" | null;

/** The server's faults by the step, or part, that they belong to. */
function byPlace(faults: FieldFault[]): { marks: Map<string, FieldFault[]>; rules: FieldFault[] } {
  const marks = new Map<string, FieldFault[]>();
  const rules: FieldFault[] = [];
  for (const fault of faults) {
    const place = placeOfPath(fault.path);
    const key = place.node ?? (place.part.startsWith("trigger") ? TRIGGER_ID : null);
    if (key) marks.set(key, [...(marks.get(key) ?? []), fault]);
    else rules.push(fault);
  }
  return { marks, rules };
}

function SaveNote({ draft }: { draft: Draft }) {
  const t = useT(journeyWords);
  const problems = useProblem();
  if (draft.state === "failed") return <span className="field-fault" role="alert">{t("saveFailed", { why: problems.text(draft.problem) })}</span>;
  return <span className="muted" aria-live="polite">{draft.state === "saved" ? t("savedDraft") : t("saving")}</span>;
}

interface FaultsProps {
  faults: FieldFault[];
  open: boolean;
  onOpen: (open: boolean) => void;
  describer: Describer;
  graph: Graph;
  numbers: Map<string, number>;
  onPick: (node: string | null) => void;
}

function FaultsButton({ faults, open, onOpen, describer, graph, numbers, onPick }: FaultsProps) {
  const t = useT(journeyWords);
  const problems = useProblem();
  if (faults.length === 0) return <span className="muted">{t("noFaults")}</span>;
  const body = (
    <ul className="fault-list">
      {faults.map((fault) => {
        const { node, part } = placeOfPath(fault.path);
        const name = node && graph.nodes[node] ? t("atStep", { n: numbers.get(node) ?? "", what: stepTitle(node, describer) }) : part.startsWith("trigger") ? t("trigger") : part.startsWith("nodes") || part.startsWith("start") ? t("whole") : t("rulesTitle");
        return (
          <li key={`${fault.path}${fault.reason}`}>
            <Button type="link" size="small" onClick={() => { onPick(node ?? (part.startsWith("trigger") ? TRIGGER_ID : null)); onOpen(false); }}>{name}</Button>
            <div>{problems.fault(fault)}</div>
          </li>
        );
      })}
    </ul>
  );
  return (
    <Popover trigger="click" open={open} onOpenChange={onOpen} title={t("faultsTitle")} content={body} placement="bottomLeft">
      <Button size="small" danger icon={<ExclamationCircleOutlined aria-hidden />}>{t("faultsN", { n: faults.length })}</Button>
    </Popover>
  );
}

function JourneyEditor({ journey, language, kinds }: { journey: JourneyDetail; language: Language; kinds: StepKinds }) {
  const t = useT(journeyWords);
  const label = useLabel();
  const { locale } = useLocale();
  const can = useCan();
  const phone = useIsPhone();
  const id = journey.id;
  const draft = useDraft(journey, kinds);
  const mayEdit = can("journeys.write") && journey.state !== "ended";
  const [mode, setMode] = useState<Mode>(journey.state === "draft" || !journey.version ? "edit" : "run");
  const [selected, setSelected] = useState<string | null>(null);
  const [open, setOpen] = useState<Open>(null);
  const [people, setPeople] = useState<string | null>(null);
  const [showFaults, setShowFaults] = useState(false);
  const [lit, setLit] = useState<Lit | null>(null);
  const counts = useCounts(id, journey.version);
  const versions = useVersions(id, journey.version !== null);
  const templates = useTemplates();
  const running = versions.data?.find((item) => item.version === journey.version)?.graph;
  const published = useMemo(() => (running ? openEnds(kinds, running) : null), [kinds, running]);
  const graph = mode === "run" && published ? published : draft.graph;
  const text = useGraphText(graph).data;
  const describer = useMemo<Describer>(() => ({ t, locale, kinds, text }), [t, locale, kinds, text]);
  const pickerScope = useMemo(() => ({ language, templates: templates.data?.items ?? [] }), [language, templates.data]);
  const numbers = useMemo(() => numbered(graph, outline(kinds, graph).filter((row) => !row.again).map((row) => row.id)), [kinds, graph]);
  const { marks, rules } = useMemo(() => byPlace(draft.faults), [draft.faults]);
  const editable = mode === "edit" && mayEdit && !lit;
  const noMarks = useMemo(() => new Map<string, FieldFault[]>(), []);
  const scope = useMemo(
    () => ({
      graph, describer, counts: journey.version === null ? undefined : counts.data, faults: mode === "edit" ? marks : noMarks, numbers, editable, selected, lit,
      onSelect: (node: string) => { setSelected(node); setOpen(null); },
      onInsert: (place: Parameters<typeof insert>[2], kind: string) => {
        const grown = insert(kinds, graph, place, kind);
        draft.setGraph(grown.graph);
        setSelected(grown.id);
      },
      onPeople: journey.version === null ? null : (node: string) => { setPeople(node); },
    }),
    [graph, kinds, describer, counts.data, marks, noMarks, numbers, editable, selected, lit, mode, journey.version, draft],
  );
  const step = selected && selected !== TRIGGER_ID ? graph.nodes[selected] : undefined;
  const editing = editable && (selected === TRIGGER_ID || step !== undefined);
  const totals = counts.data;
  const unchanged = useMemo(() => running !== undefined && sameGraph(kinds, running, draft.graph), [kinds, running, draft.graph]);
  return (
    <Page
      title={draft.name} tag={<JourneyStateTag state={journey.state} />} crumbs={[{ to: "/journeys", label: t("title") }]} wide
      actions={
        <JourneyActions
          journey={journey} draft={draft} unchanged={unchanged} onDryRun={() => { setOpen("dry"); setSelected(null); }} onVersions={() => { setOpen("versions"); }} onEnrol={() => { setOpen("enrol"); }}
          onFaults={() => { setMode("edit"); setShowFaults(true); }} onPublished={() => { setMode("run"); }}
        />
      }
    >
      {totals && journey.version !== null ? (
        <section className="panel journey-totals">
          <Stat label={t("entered")} value={<Num value={totals.entered} short />} />
          <Stat label={label("enrolment_state", "active")} value={<Num value={totals.active} short />} />
          <Stat label={label("enrolment_state", "finished")} value={<Num value={totals.finished} short />} />
          <Stat label={label("enrolment_state", "exited")} value={<Num value={totals.exited} short />} />
          {totals.awaiting ? <Stat label={label("enrolment_state", "awaiting")} value={<Num value={totals.awaiting} short />} /> : null}
          <Stat label={t("goals")} value={totals.goals === null ? <span className="muted">{t("noGoal")}</span> : <Num value={totals.goals} short />} note={totals.goal_fen === null ? null : <Money fen={totals.goal_fen} short />} />
        </section>
      ) : null}
      {journey.messages.held ? (
        <Alert
          className="journey-note" type="warning" showIcon title={t("heldNote", { n: format.number(journey.messages.held, locale) })}
          action={<Link to={`/messages?state=held&journey_id=${String(id)}`}>{t("heldShow")}</Link>}
        />
      ) : null}
      <div className="journey-bar">
        {journey.version !== null ? (
          <Segmented aria-label={t("modeLabel")} value={mode} onChange={(next: Mode) => { setMode(next); setSelected(null); }} options={[{ value: "run", label: t("runMode") }, { value: "edit", label: t("editMode") }]} />
        ) : null}
        {mode === "edit" ? (
          <>
            {mayEdit ? <Input className="journey-name" aria-label={t("newName")} value={draft.name} maxLength={80} onChange={(event) => { draft.setName(event.target.value); }} /> : null}
            <Button onClick={() => { setOpen("rules"); setSelected(null); }} danger={rules.some((fault) => /^(goal|exits|reentry)/.test(fault.path))}>{t("rulesTitle")}</Button>
            <Button type="text" icon={<UndoOutlined aria-hidden />} aria-label={t("undo")} disabled={!draft.undo} onClick={() => draft.undo?.()} />
            <FaultsButton faults={draft.faults} open={showFaults} onOpen={setShowFaults} describer={describer} graph={draft.graph} numbers={numbers} onPick={(node) => { if (node) setSelected(node); else setOpen("rules"); }} />
            <SaveNote draft={draft} />
          </>
        ) : (
          <span className="muted">{t("versionN", { n: journey.version ?? "" })}</span>
        )}
      </div>
      <CanvasContext value={scope}>
        <div className={phone ? "" : editing ? "panel journey-canvas beside" : "panel journey-canvas"}>
          {phone ? <Outline /> : <Canvas key={`${mode}:${String(journey.version)}`} onConnect={(node, exits, target) => { draft.setGraph(connect(graph, node, exits, target)); }} />}
        </div>
      </CanvasContext>
      <PickerContext value={pickerScope}>
      <Drawer open={editing} size={STEP_PANEL_PX} mask={phone} title={selected === TRIGGER_ID ? t("trigger") : step && selected ? stepTitle(selected, describer) : ""} onClose={() => { setSelected(null); }} destroyOnHidden>
        {selected === TRIGGER_ID ? <TriggerPanel graph={graph} kinds={kinds} faults={marks.get(TRIGGER_ID) ?? []} onGraph={draft.setGraph} /> : null}
        {step && selected ? (
          <StepPanel graph={graph} id={selected} describer={describer} faults={marks.get(selected) ?? []} numbers={numbers} onGraph={draft.setGraph} onRemoved={() => { setSelected(null); }} />
        ) : null}
      </Drawer>
      <Drawer open={open === "rules"} size={440} title={t("rulesTitle")} onClose={() => { setOpen(null); }} destroyOnHidden>
        <RulesPanel graph={draft.graph} kinds={kinds} faults={rules} onGraph={draft.setGraph} />
      </Drawer>
      </PickerContext>
      <VersionsDrawer journey={journey} draft={draft.graph} open={open === "versions"} onClose={() => { setOpen(null); }} describer={describer} />
      <DryRunDrawer journey={journey} flush={draft.flush} language={language} open={open === "dry"} onClose={() => { setOpen(null); setLit(null); }} onLit={(next) => { setMode("edit"); setLit(next); }} describer={describer} graph={draft.graph} />
      <EnrolDialog journey={journey} language={language} open={open === "enrol"} onClose={() => { setOpen(null); }} />
      <EnrolmentsDrawer journey={journey} node={people} graph={graph} describer={describer} onClose={() => { setPeople(null); }} />
    </Page>
  );
}

export default function JourneyPage() {
  const { id = "" } = useParams();
  const journey = useJourney(Number(id));
  const language = useLanguage();
  const kinds = useStepKinds();
  return (
    <QueryState query={journey}>
      {(detail) => <QueryState query={language}>{(known) => <QueryState query={kinds}>{(offered) => <JourneyEditor key={String(detail.id)} journey={detail} language={known} kinds={offered} />}</QueryState>}</QueryState>}
    </QueryState>
  );
}
