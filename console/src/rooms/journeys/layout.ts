/** Places steps from top to bottom: each step under the first one that leads to it, branches side by side. */
import { waysOf, type Graph } from "./graph";

export const CARD_WIDTH = 252;
export const CARD_HEIGHT = 112;
export const STUB_WIDTH = 92;
export const STUB_HEIGHT = 34;
/** A column kept free for a line that passes by several rows. */
const LANE_WIDTH = 96;
const GAP_X = 36;
const GAP_Y = 74;

/** An open end of a step: nothing follows on these exits. */
export interface Stub {
  id: string;
  node: string;
  exits: string[];
}

export interface Spot {
  x: number;
  y: number;
}

export interface Placement {
  spots: Record<string, Spot>;
  stubs: Stub[];
  /** Where a line that skips rows runs down: the middle of its lane, by `node:exits`. */
  lanes: Record<string, number>;
  /** For every step the way (`node:exits`) it hangs on; other lines to it are joins. */
  owners: Record<string, string>;
  width: number;
  height: number;
}

export const TRIGGER_ID = "trigger";

export function stubId(node: string, exits: string[]): string {
  return `end:${node}:${exits.join("+")}`;
}

export function wayId(node: string, exits: string[]): string {
  return `${node}:${exits.join("+")}`;
}

const laneId = (node: string, exits: string[]): string => `lane:${wayId(node, exits)}`;

interface Branching {
  children: string[];
  stubs: Stub[];
}

/** Each step's children in a spanning tree: a step that several lines lead to hangs under the deepest of them. */
function spanning(graph: Graph): { rank: Map<string, number>; kids: Map<string, Branching>; owners: Record<string, string> } {
  const rank = new Map<string, number>();
  const walk = (id: string, depth: number, trail: Set<string>): void => {
    const step = graph.nodes[id];
    if (!step || trail.has(id) || (rank.get(id) ?? -1) >= depth) return;
    rank.set(id, depth);
    const further = new Set(trail).add(id);
    for (const way of waysOf(step)) if (way.target) walk(way.target, depth + 1, further);
  };
  walk(graph.start, 0, new Set());
  const kids = new Map<string, Branching>();
  const owners: Record<string, string> = {};
  const taken = new Set<string>([graph.start]);
  const order = [...rank.keys()].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
  for (const id of order) {
    const step = graph.nodes[id];
    if (!step) continue;
    const children: string[] = [];
    const stubs: Stub[] = [];
    for (const way of waysOf(step)) {
      if (way.target === null || !graph.nodes[way.target]) {
        const stub = { id: stubId(id, way.exits), node: id, exits: way.exits };
        stubs.push(stub);
        children.push(stub.id);
      } else if (!taken.has(way.target) && rank.get(way.target) === (rank.get(id) ?? 0) + 1) {
        taken.add(way.target);
        owners[way.target] = wayId(id, way.exits);
        children.push(way.target);
      } else if ((rank.get(way.target) ?? 0) > (rank.get(id) ?? 0) + 1) {
        children.push(laneId(id, way.exits));
      }
    }
    kids.set(id, { children, stubs });
  }
  return { rank, kids, owners };
}

/** Positions for the trigger, every step and every open end. Deterministic: the same graph is always drawn the same. */
export function place(graph: Graph): Placement {
  const { rank, kids, owners } = spanning(graph);
  const stubs = [...kids.values()].flatMap((branching) => branching.stubs);
  const isStub = new Set(stubs.map((stub) => stub.id));
  const ownWidth = (id: string): number => (isStub.has(id) ? STUB_WIDTH : id.startsWith("lane:") ? LANE_WIDTH : CARD_WIDTH);
  const lanes: Record<string, number> = {};
  const widths = new Map<string, number>();
  const measure = (id: string): number => {
    const own = ownWidth(id);
    const children = kids.get(id)?.children ?? [];
    const below = children.reduce((sum, child) => sum + measure(child), 0) + GAP_X * Math.max(0, children.length - 1);
    const width = Math.max(own, below);
    widths.set(id, width);
    return width;
  };
  const spots: Record<string, Spot> = {};
  let height = 0;
  const put = (id: string, left: number, depth: number): void => {
    const own = ownWidth(id);
    const width = widths.get(id) ?? own;
    if (id.startsWith("lane:")) {
      lanes[id.slice("lane:".length)] = left + width / 2;
      return;
    }
    const y = (depth + 1) * (CARD_HEIGHT + GAP_Y) - (isStub.has(id) ? 18 : 0);
    spots[id] = { x: left + (width - own) / 2, y };
    height = Math.max(height, y + CARD_HEIGHT);
    const children = kids.get(id)?.children ?? [];
    const below = children.reduce((sum, child) => sum + (widths.get(child) ?? 0), 0) + GAP_X * Math.max(0, children.length - 1);
    let x = left + (width - below) / 2;
    for (const child of children) {
      put(child, x, isStub.has(child) ? depth + 1 : (rank.get(child) ?? depth + 1));
      x += (widths.get(child) ?? 0) + GAP_X;
    }
  };
  const width = graph.nodes[graph.start] ? measure(graph.start) : CARD_WIDTH;
  if (graph.nodes[graph.start]) put(graph.start, 0, 0);
  spots[TRIGGER_ID] = { x: (width - CARD_WIDTH) / 2, y: 0 };
  return { spots, stubs, lanes, owners, width, height };
}

/** One row of the phone outline: a step, how deep it is indented, and the exit it hangs on. */
export interface OutlineRow {
  id: string;
  depth: number;
  via: { node: string; exits: string[] } | null;
  /** True when the step was already shown above and is only referred to here. */
  again: boolean;
}

/** The journey as an indented list, each step once. A step with one way down does not indent what follows. */
export function outline(graph: Graph): OutlineRow[] {
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
    const ways = waysOf(step).filter((way) => way.target !== null);
    for (const way of ways) {
      const inward = waysOf(step).length > 1;
      if (way.target) visit(way.target, inward ? depth + 1 : depth, inward ? { node: id, exits: way.exits } : null);
    }
  };
  visit(graph.start, 0, null);
  return rows;
}
