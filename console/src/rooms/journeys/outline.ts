/** The journey as an indented list: what a phone shows in place of the canvas. */
import { waysOf, type Graph, type StepKinds } from "./graph";

/** One row of the phone outline: a step, how deep it is indented, and the exit it hangs on. */
export interface OutlineRow {
  id: string;
  depth: number;
  via: { node: string; exits: string[] } | null;
  /** True when the step was already shown above and is only referred to here. */
  again: boolean;
}

/** The journey as an indented list, each step once. A step with one way down does not indent what follows. */
export function outline(kinds: StepKinds, graph: Graph): OutlineRow[] {
  const rows: OutlineRow[] = [];
  const seen = new Set<string>();
  const visit = (id: string, depth: number, via: OutlineRow["via"]): void => {
    const step = graph.nodes[id];
    if (!step) return;
    if (seen.has(id)) {
      rows.push({ id, depth, via, again: true });
      return;
    }
    seen.add(id);
    rows.push({ id, depth, via, again: false });
    const ways = waysOf(kinds, step).filter((way) => way.target !== null);
    for (const way of ways) {
      const inward = waysOf(kinds, step).length > 1;
      if (way.target) visit(way.target, inward ? depth + 1 : depth, inward ? { node: id, exits: way.exits } : null);
    }
  };
  visit(graph.start, 0, null);
  return rows;
}
