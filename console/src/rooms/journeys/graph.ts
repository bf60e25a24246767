/** The journey graph as the API takes it, and the pure edits that the canvas and the outline make to it. */
import type { Schemas } from "@/api";

/** What a journey can be made of, as the server describes it. */
export type StepKinds = Schemas["JourneyStepsOut"];
export type StepKind = Schemas["StepKindOut"];

export interface Where {
  prop: string;
  [op: string]: unknown;
}

/** One step: the settings of its kind, and in `next` the step that follows on each exit. */
export interface Step {
  kind: string;
  next?: Record<string, string>;
  label?: string;
  [setting: string]: unknown;
}

/** Who enters: a kind and its settings. */
export interface Trigger {
  kind: string;
  [setting: string]: unknown;
}

/** A goal or an exit: something that happened, or conditions that came to hold. */
export type Rule = Readonly<Record<string, unknown>>;

export interface Reentry {
  kind: string;
  [setting: string]: unknown;
}

export interface Graph {
  trigger: Trigger;
  start: string;
  nodes: Record<string, Step>;
  goal?: Rule | null;
  exits?: Rule[] | null;
  reentry: Reentry;
  layout?: Record<string, { x: number; y: number }>;
}

export function kindOf(kinds: StepKinds, step: Step | undefined): StepKind | undefined {
  return kinds.steps.find((kind) => kind.kind === step?.kind);
}

/** The exits of a step in the order in which they are drawn. */
export function exitsOf(kinds: StepKinds, step: Step): string[] {
  const kind = kindOf(kinds, step);
  const entries = kind?.exits_from ? step[kind.exits_from] : [];
  const own = Array.isArray(entries) ? entries.map((entry: { key: string }) => entry.key) : [];
  return [...own, ...(kind?.exits ?? []).map((exit) => exit.key)];
}

/** Whether a step leads nowhere, so that the journey ends at it. */
export function isEnd(kinds: StepKinds, step: Step | undefined): boolean {
  const kind = kindOf(kinds, step);
  return kind !== undefined && kind.exits.length === 0 && !kind.exits_from;
}

/** A run of exits that lead to the same step and are drawn as one line. */
export interface Way {
  exits: string[];
  target: string | null;
}

/** Exits grouped into the lines to draw: those of some kinds share a line while they lead to the same step. */
export function waysOf(kinds: StepKinds, step: Step): Way[] {
  const ways: Way[] = [];
  const joins = kindOf(kinds, step)?.joins_exits === true;
  for (const exit of exitsOf(kinds, step)) {
    const target = step.next?.[exit] ?? null;
    const same = joins ? ways.find((way) => way.target === target) : undefined;
    if (same) same.exits.push(exit);
    else ways.push({ exits: [exit], target });
  }
  return ways;
}

/** Where a new step is put: at the start of the journey, or on some exits of a step. */
export type Place = { at: "start" } | { at: "exits"; node: string; exits: string[] };

export function freshId(nodes: Record<string, Step>): string {
  let n = Object.keys(nodes).length + 1;
  while (nodes[`n${n}`]) n += 1;
  return `n${n}`;
}

/** A new step of a kind with the values an operator most often wants; every exit leads to `after`. */
export function newStep(kinds: StepKinds, kind: string, after: string | null): Step {
  const start = structuredClone(kinds.steps.find((each) => each.kind === kind)?.start ?? {});
  const step: Step = { ...start, kind };
  const exits = exitsOf(kinds, step);
  if (exits.length) step.next = after === null ? {} : Object.fromEntries(exits.map((exit) => [exit, after]));
  return step;
}

function withNext(step: Step, exits: string[], target: string | null): Step {
  const next = { ...(step.next ?? {}) };
  for (const exit of exits) {
    if (target === null) Reflect.deleteProperty(next, exit);
    else next[exit] = target;
  }
  return { ...step, next };
}

/** Points some exits of a step at another step, or at nothing. */
export function connect(graph: Graph, node: string, exits: string[], target: string | null): Graph {
  const step = graph.nodes[node];
  if (!step) return graph;
  return { ...graph, nodes: { ...graph.nodes, [node]: withNext(step, exits, target) } };
}

/** Puts a new step of `kind` at `place`; what followed there now follows the new step. Returns the graph and the new id. */
export function insert(kinds: StepKinds, graph: Graph, place: Place, kind: string): { graph: Graph; id: string } {
  const id = freshId(graph.nodes);
  const after =
    place.at === "start" ? (graph.start && graph.nodes[graph.start] ? graph.start : null) : (graph.nodes[place.node]?.next?.[place.exits[0] ?? ""] ?? null);
  const nodes = { ...graph.nodes, [id]: newStep(kinds, kind, after) };
  const grown: Graph = { ...graph, nodes, layout: undefined };
  if (place.at === "start") return { graph: { ...grown, start: id }, id };
  return { graph: connect(grown, place.node, place.exits, id), id };
}

/** Takes a step out; whoever led to it now leads to the step that followed its first exit. */
export function remove(kinds: StepKinds, graph: Graph, id: string): Graph {
  const gone = graph.nodes[id];
  if (!gone) return graph;
  const heir = exitsOf(kinds, gone).map((exit) => gone.next?.[exit]).find((target) => target !== undefined && target !== id) ?? null;
  const nodes: Record<string, Step> = {};
  for (const [key, step] of Object.entries(graph.nodes)) {
    if (key === id) continue;
    const exits = Object.entries(step.next ?? {}).filter(([, target]) => target === id).map(([exit]) => exit);
    nodes[key] = exits.length ? withNext(step, exits, heir) : step;
  }
  const start = graph.start === id ? (heir ?? "") : graph.start;
  return prune({ ...graph, nodes, start, layout: undefined });
}

/** Replaces a step; exits that no longer exist lose their line. */
export function change(kinds: StepKinds, graph: Graph, id: string, step: Step): Graph {
  const valid = new Set(exitsOf(kinds, step));
  const next = Object.fromEntries(Object.entries(step.next ?? {}).filter(([exit]) => valid.has(exit)));
  const kept: Step = valid.size === 0 ? { ...step, next: undefined } : { ...step, next };
  return prune({ ...graph, nodes: { ...graph.nodes, [id]: kept } });
}

/** Steps that can be reached from the start. */
export function reachable(graph: Graph): Set<string> {
  const seen = new Set<string>();
  const open = [graph.start];
  while (open.length) {
    const id = open.pop();
    if (id === undefined || seen.has(id) || !graph.nodes[id]) continue;
    seen.add(id);
    open.push(...Object.values(graph.nodes[id].next ?? {}));
  }
  return seen;
}

/** Drops the steps that nothing leads to: on the canvas they could be neither seen nor removed. */
export function prune(graph: Graph): Graph {
  const kept = reachable(graph);
  const nodes = Object.fromEntries(Object.entries(graph.nodes).filter(([id]) => kept.has(id)));
  return { ...graph, nodes };
}

/** Steps that may follow `id`. A loop is allowed; the server asks for a wait inside it. */
export function allowedTargets(graph: Graph, id: string): string[] {
  return Object.keys(graph.nodes).filter((other) => other !== id);
}

/** What the server's fault path points at: a step, the trigger, or the rules around the steps. */
export function placeOfPath(path: string): { node?: string; part: string } {
  const parts = path.replaceAll(/[[\]]/g, ".").split(/[./]/).filter(Boolean).filter((part) => part !== "$" && part !== "graph");
  if (parts[0] === "nodes" && parts[1]) return { node: parts[1], part: parts.slice(2).join(".") };
  return { part: parts.join(".") };
}

export function blankGraph(): Graph {
  return { trigger: { kind: "audience", audience: "" }, start: "", nodes: {}, reentry: { kind: "never" } };
}
