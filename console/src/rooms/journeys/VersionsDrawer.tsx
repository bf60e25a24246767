import { Button, Drawer, Select } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, ok, useCan } from "@/api";
import { QueryState, EmptyState, Money, Num, StateTag, Time, useConfirm, useLabel, useLocalized, useT } from "@/ui";
import { at, refresh, useDifferences, useVersions, type JourneyDetail, type JourneyVersion } from "./data";
import type { Graph, StepKinds } from "./graph";
import { outline } from "./outline";
import { useGraphText } from "./stepKinds";
import { openEnds } from "./openEnds";
import { stepLine, stepTitle, triggerLine, type Describer } from "./describe";
import { journeyWords, runWords } from "./words";

interface Props {
  journey: JourneyDetail;
  draft: Graph;
  open: boolean;
  onClose: () => void;
  describer: Describer;
}

interface Line {
  id: string;
  title: string;
  line: string;
  depth: number;
}

function linesOf(graph: Graph, describer: Describer): Line[] {
  return outline(describer.kinds, graph).filter((row) => !row.again && graph.nodes[row.id]).map(({ id, depth }) => ({ id, depth, title: stepTitle(id, describer), line: stepLine(id, describer) }));
}

const bare = (graph: Graph, id: string): string => JSON.stringify(graph.nodes[id] ?? null);

/** One side of the comparison: the steps of a graph, marked where the other side differs. */
function Side({ title, graph, other, describer, side }: { title: string; graph: Graph; other: Graph; describer: Describer; side: "left" | "right" }) {
  const t = useT(runWords);
  const own = { ...describer, text: useGraphText(graph).data };
  const mark = (id: string) => {
    if (!other.nodes[id]) return <StateTag tone={side === "right" ? "good" : "bad"}>{side === "right" ? t("added") : t("gone")}</StateTag>;
    return bare(graph, id) === bare(other, id) ? null : <StateTag tone="warn">{t("changed")}</StateTag>;
  };
  return (
    <div>
      <h4>{title}</h4>
      <p className="muted">{triggerLine(own)}</p>
      <ol className="side-steps">
        {linesOf(graph, own).map((line) => (
          <li key={line.id} style={{ marginInlineStart: line.depth * 12 }}>
            <div className="row wrap"><strong>{line.title}</strong>{mark(line.id)}</div>
            <div className="muted">{line.line}</div>
          </li>
        ))}
      </ol>
    </div>
  );
}

const DRAFT = 0;

function graphIn(kinds: StepKinds, versions: JourneyVersion[], version: number): Graph | undefined {
  const chosen = versions.find((item) => item.version === version);
  return chosen ? openEnds(kinds, chosen.graph) : undefined;
}

/** Everything that differs, in words; the draft is compared as it was saved last. */
function Differences({ journeyId, left, right, draft }: { journeyId: number; left: number; right: number; draft: Graph }) {
  const t = useT(runWords);
  const localized = useLocalized();
  const query = useDifferences(journeyId, left, right, draft);
  return (
    <QueryState query={query} rows={3}>
      {(answer) => answer.items.length === 0 ? <p className="muted">{t("noDifference")}</p> : (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t("differences")}>
          <table className="plain-table">
            <caption className="sr-only">{t("differences")}</caption>
            <thead><tr><th scope="col">{t("where")}</th><th scope="col">{t("what")}</th><th scope="col">{t("was")}</th><th scope="col">{t("becomes")}</th></tr></thead>
            <tbody>
              {answer.items.map((item, index) => (
                <tr key={index}>
                  <td>{localized(item.place)}</td>
                  <td>{localized(item.what)}</td>
                  <td className="pre">{localized(item.before)}</td>
                  <td className="pre">{localized(item.after)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </QueryState>
  );
}

function Compare({ journeyId, versions, draft, describer }: { journeyId: number; versions: JourneyVersion[]; draft: Graph; describer: Describer }) {
  const t = useT({ ...journeyWords, ...runWords });
  const label = useLabel();
  const [left, setLeft] = useState(versions[0]?.version ?? DRAFT);
  const [right, setRight] = useState(DRAFT);
  const graphOf = (version: number): Graph => graphIn(describer.kinds, versions, version) ?? draft;
  const name = (version: number): string => (version === DRAFT ? label("journey_state", "draft") : t("versionN", { n: version }));
  const options = [{ value: DRAFT, label: label("journey_state", "draft") }, ...versions.map((item) => ({ value: item.version, label: t("versionN", { n: item.version }) }))];
  return (
    <section className="panel-part">
      <h3>{t("sideBySide")}</h3>
      <div className="row wrap">
        <Select aria-label={t("left")} value={left} options={options} onChange={setLeft} popupMatchSelectWidth={false} />
        <span className="muted">→</span>
        <Select aria-label={t("right")} value={right} options={options} onChange={setRight} popupMatchSelectWidth={false} />
      </div>
      <Differences journeyId={journeyId} left={left} right={right} draft={draft} />
      <div className="side-by-side">
        <Side title={name(left)} graph={graphOf(left)} other={graphOf(right)} describer={describer} side="left" />
        <Side title={name(right)} graph={graphOf(right)} other={graphOf(left)} describer={describer} side="right" />
      </div>
    </section>
  );
}

/** Every published version, how many are still on it, what changed, and a move to the newest. */
export function VersionsDrawer({ journey, draft, open, onClose, describer }: Props) {
  const t = useT({ ...journeyWords, ...runWords });
  const label = useLabel();
  const can = useCan();
  const confirm = useConfirm();
  const cache = useQueryClient();
  const id = journey.id;
  const query = useVersions(id, open);
  const states = ["active", "awaiting", "finished", "exited"] as const;
  const figures = [{ key: "entered" as const, title: t("entered") }, ...states.map((key) => ({ key, title: label("enrolment_state", key) }))];
  const move = (from: JourneyVersion): void => {
    const to = journey.version;
    if (to === null) return;
    confirm({
      title: t("moveAsk", { from: from.version, to }), body: t("moveBody"), act: t("move"), done: t("moved"), ...(from.active === null || from.active === undefined ? {} : { people: from.active }),
      run: async () => {
        await ok(api.POST("/api/v1/journeys/{journey_id}/move", { ...at(id), body: { from_version: from.version, to_version: to } }));
        await refresh(cache);
      },
    });
  };
  return (
    <Drawer open={open} size={720} title={t("versionsTitle")} onClose={onClose} destroyOnHidden>
      <QueryState query={query} rows={4}>
        {(published) => {
          const versions = [...published].sort((a, b) => b.version - a.version);
          if (versions.length === 0) return <EmptyState title={t("neverPublished")} hint={t("noVersions")} />;
          return (
            <div className="stack">
              <p className="muted">{t("versionsHint")}</p>
              <ul className="version-list">
                {versions.map((version) => (
                  <li key={version.version}>
                    <div className="row wrap">
                      <strong>{t("versionN", { n: version.version })}</strong>
                      {version.version === journey.version ? <StateTag tone="good">{label("journey_state", "live")}</StateTag> : null}
                      <span className="muted"><Time value={version.published_at} /> {version.published_by ?? ""}</span>
                      {can("journeys.publish") && version.version !== journey.version && version.active ? <Button size="small" onClick={() => { move(version); }}>{t("move")}</Button> : null}
                    </div>
                    <div className="row wrap">
                      {figures.map(({ key, title }) => <span key={key}>{title} <Num value={version[key]} /></span>)}
                      <span>{t("goals")} {version.goals === null ? t("noGoal") : <Num value={version.goals} />}</span>
                      {version.goal_fen === null ? null : <span>{label("metric", "goal_fen")} <Money fen={version.goal_fen} /></span>}
                    </div>
                  </li>
                ))}
              </ul>
              <Compare key={versions.length} journeyId={id} versions={versions} draft={draft} describer={describer} />
            </div>
          );
        }}
      </QueryState>
    </Drawer>
  );
}
