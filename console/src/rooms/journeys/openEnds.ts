/** Open ends: the server wants every exit to lead somewhere; on the canvas an end is simply drawn as an end. */
import { exitsOf, isEnd, type Graph, type Step, type StepKinds } from "./graph";

const END = "end";

/** An end that says nothing: no label, no settings. */
const isPlainEnd = (kinds: StepKinds, step: Step): boolean => isEnd(kinds, step) && Object.entries(step).every(([key, value]) => key === "kind" || !value);

/** The graph as drawn: exit steps that say nothing become open ends. */
export function openEnds(kinds: StepKinds, graph: Graph): Graph {
  const ends = new Set(Object.entries(graph.nodes).filter(([id, step]) => id !== graph.start && isPlainEnd(kinds, step)).map(([id]) => id));
  if (ends.size === 0) return graph;
  const nodes: Record<string, Step> = {};
  for (const [id, step] of Object.entries(graph.nodes)) {
    if (ends.has(id)) continue;
    nodes[id] = step.next ? { ...step, next: Object.fromEntries(Object.entries(step.next).filter(([, target]) => !ends.has(target))) } : step;
  }
  return { ...graph, nodes };
}

/** The graph as text with its keys in order, so that two are the same text when they say the same. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${key}:${canonical(inner)}`).join(",")}}`;
}

/** Whether two graphs say the same, wherever their steps were put. */
export function sameGraph(kinds: StepKinds, a: Graph, b: Graph): boolean {
  return canonical({ ...openEnds(kinds, a), layout: undefined }) === canonical({ ...openEnds(kinds, b), layout: undefined });
}

/** The graph as stored: every open end leads to one exit step. */
export function closeEnds(kinds: StepKinds, graph: Graph): Graph {
  let end = END;
  for (let n = 2; graph.nodes[end]; n += 1) end = `${END}${n}`;
  const kind = kinds.steps.find((each) => isEnd(kinds, { kind: each.kind }))?.kind ?? END;
  let used = false;
  const nodes: Record<string, Step> = {};
  for (const [id, step] of Object.entries(graph.nodes)) {
    const open = exitsOf(kinds, step).filter((exit) => !step.next?.[exit]);
    if (open.length) used = true;
    nodes[id] = open.length ? { ...step, next: { ...step.next, ...Object.fromEntries(open.map((exit) => [exit, end])) } } : step;
  }
  return used ? { ...graph, nodes: { ...nodes, [end]: { kind } } } : graph;
}
