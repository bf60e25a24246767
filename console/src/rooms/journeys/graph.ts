/** The journey graph as the API takes it, and the pure edits that the canvas and the outline make to it. */
import type { Tree } from "@/rooms/audience/tree/tree";

export type StepKind = "send" | "wait" | "wait_until" | "branch" | "split" | "tag" | "exit";

export interface Where {
  prop: string;
  [op: string]: unknown;
}

export interface Branch {
  key: string;
  label: string;
  tree: Tree;
}

export interface Arm {
  key: string;
  label: string;
  share: number;
}

/** One step. Only the fields of its own kind are filled; `next` maps each exit to the step that follows. */
export interface Step {
  kind: StepKind;
  next?: Record<string, string>;
  channel?: string;
  template?: string;
  purpose?: string;
  on_cap?: string;
  on_quiet?: string;
  seconds?: number;
  /** "10:00" of the member's own day; `days` later, else the next time it is that late. */
  until?: string;
  days?: number;
  fact?: string;
  where?: Where[];
  timeout?: number;
  branches?: Branch[];
  arms?: Arm[];
  add?: string[];
  remove?: string[];
  reason?: string;
  label?: string;
  [more: string]: unknown;
}

export type TriggerKind = "audience" | "fact" | "schedule" | "manual";

export interface Trigger {
  kind: TriggerKind;
  audience?: string;
  /** Who is in the audience already when the journey is published enters too. */
  existing?: boolean;
  fact?: string;
  where?: Where[];
  /** A property of the fact: each of its values is a run of its own, e.g. one run per order. */
  key?: string;
  at?: string;
  date?: string;
  days?: number[];
  [more: string]: unknown;
}

/** Something that happened (with details), or conditions that came to hold. */
export interface Rule {
  fact?: string;
  where?: Where[];
  /** Seconds after entering within which a goal counts. */
  within?: number;
  tree?: Tree;
}

export interface Reentry {
  kind: "never" | "after_finish" | "always";
  days?: number;
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

export const STEP_KINDS: readonly StepKind[] = ["send", "wait", "wait_until", "branch", "split", "tag", "exit"];

/** The exits of a step in the order in which they are drawn. */
export function exitsOf(step: Step): string[] {
  switch (step.kind) {
    case "send":
      return ["sent", "withheld", "failed"];
    case "wait":
    case "tag":
      return ["done"];
    case "wait_until":
      return ["happened", "timeout"];
    case "branch":
      return [...(step.branches ?? []).map((branch) => branch.key), "else"];
    case "split":
      return (step.arms ?? []).map((arm) => arm.key);
    case "exit":
      return [];
  }
}

/** A run of exits that lead to the same step and are drawn as one line. */
export interface Way {
  exits: string[];
  target: string | null;
}

/** Exits grouped into the lines to draw: the three results of a send share a line while they lead to the same step. */
export function waysOf(step: Step): Way[] {
  const ways: Way[] = [];
  for (const exit of exitsOf(step)) {
    const target = step.next?.[exit] ?? null;
    const same = step.kind === "send" ? ways.find((way) => way.target === target) : undefined;
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

export function freshKey(taken: string[], letter: string): string {
  let n = taken.length + 1;
  while (taken.includes(`${letter}${n}`)) n += 1;
  return `${letter}${n}`;
}

/** A new step of a kind with the values an operator most often wants; every exit leads to `after`. */
export function newStep(kind: StepKind, after: string | null): Step {
  const step: Step = { kind };
  if (kind === "send") Object.assign(step, { channel: "wecom", template: "" });
  if (kind === "wait") step.seconds = 86_400;
  if (kind === "wait_until") Object.assign(step, { fact: "", timeout: 3 * 86_400 });
  if (kind === "branch") step.branches = [{ key: "b1", label: "", tree: { all: [] } }];
  if (kind === "split") {
    step.arms = [
      { key: "a", label: "A", share: 50 },
      { key: "b", label: "B", share: 50 },
    ];
  }
  if (kind === "tag") Object.assign(step, { add: [], remove: [] });
  if (kind === "exit") return step;
  step.next = {};
  if (after !== null) for (const exit of exitsOf(step)) step.next[exit] = after;
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
export function insert(graph: Graph, place: Place, kind: StepKind): { graph: Graph; id: string } {
  const id = freshId(graph.nodes);
  const after =
    place.at === "start" ? (graph.start && graph.nodes[graph.start] ? graph.start : null) : (graph.nodes[place.node]?.next?.[place.exits[0] ?? ""] ?? null);
  const nodes = { ...graph.nodes, [id]: newStep(kind, after) };
  const grown: Graph = { ...graph, nodes, layout: undefined };
  if (place.at === "start") return { graph: { ...grown, start: id }, id };
  return { graph: connect(grown, place.node, place.exits, id), id };
}

/** Takes a step out; whoever led to it now leads to the step that followed its first exit. */
export function remove(graph: Graph, id: string): Graph {
  const gone = graph.nodes[id];
  if (!gone) return graph;
  const heir = exitsOf(gone).map((exit) => gone.next?.[exit]).find((target) => target !== undefined && target !== id) ?? null;
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
export function change(graph: Graph, id: string, step: Step): Graph {
  const valid = new Set(exitsOf(step));
  const next = Object.fromEntries(Object.entries(step.next ?? {}).filter(([exit]) => valid.has(exit)));
  const kept: Step = step.kind === "exit" ? { ...step, next: undefined } : { ...step, next };
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
