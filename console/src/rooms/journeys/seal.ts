/** Open ends: the server wants every exit to lead somewhere; on the canvas an end is simply drawn as an end. */
import { exitsOf, type Graph, type Step } from "./graph";

const END = "end";

const isPlainEnd = (step: Step | undefined): boolean => step?.kind === "exit" && !step.reason && !step.label;

/** The graph as drawn: exit steps that say nothing become open ends. */
export function opened(graph: Graph): Graph {
  const ends = new Set(Object.entries(graph.nodes).filter(([id, step]) => id !== graph.start && isPlainEnd(step)).map(([id]) => id));
  if (ends.size === 0) return graph;
  const nodes: Record<string, Step> = {};
  for (const [id, step] of Object.entries(graph.nodes)) {
    if (ends.has(id)) continue;
    nodes[id] = step.next ? { ...step, next: Object.fromEntries(Object.entries(step.next).filter(([, target]) => !ends.has(target))) } : step;
  }
  return { ...graph, nodes };
}

/** The graph as stored: every open end leads to one exit step. */
export function sealed(graph: Graph): Graph {
  let end = END;
  for (let n = 2; graph.nodes[end]; n += 1) end = `${END}${n}`;
  let used = false;
  const nodes: Record<string, Step> = {};
  for (const [id, step] of Object.entries(graph.nodes)) {
    const open = exitsOf(step).filter((exit) => !step.next?.[exit]);
    if (open.length) used = true;
    nodes[id] = open.length ? { ...step, next: { ...step.next, ...Object.fromEntries(open.map((exit) => [exit, end])) } } : step;
  }
  return used ? { ...graph, nodes: { ...nodes, [end]: { kind: "exit" } } } : graph;
}
