/** Places the trigger, every step and every open end from top to bottom; dagre decides where. */
import { Graph as Layered, layout } from "@dagrejs/dagre";
import type { EdgeLabel, GraphLabel, NodeLabel } from "@dagrejs/dagre";
import { reachable, waysOf, type Graph, type StepKinds } from "./graph";

export const CARD_WIDTH = 252;
export const STUB_WIDTH = 92;
export const TRIGGER_ID = "trigger";

const CARD_HEIGHT = 112;
const STUB_HEIGHT = 34;
const GAP_X = 36;
const GAP_Y = 74;
/** Kept free on both sides of a line that passes by several rows, for its name. */
const LANE_GAP = 48;
/** A line down to the next row covers less than this; one that covers more passes by a row. */
const NEXT_ROW = 1.5 * (CARD_HEIGHT + GAP_Y);

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
  /** The upper left corner of each card. */
  spots: Record<string, Spot>;
  stubs: Stub[];
  /** Where a line that passes by rows runs down, by `node:exits`. */
  lanes: Record<string, number>;
  /** For every step the way (`node:exits`) it hangs on; other lines to it are joins. */
  owners: Record<string, string>;
  width: number;
  height: number;
}

export function wayId(node: string, exits: string[]): string {
  return `${node}:${exits.join("+")}`;
}

export function stubId(node: string, exits: string[]): string {
  return `end:${wayId(node, exits)}`;
}

interface Line {
  way: string;
  from: string;
  to: string;
}

/** The lines between steps that can be reached, in the order in which their exits are drawn, and the open ends. */
function linesOf(kinds: StepKinds, graph: Graph): { lines: Line[]; stubs: Stub[] } {
  const lines: Line[] = [];
  const stubs: Stub[] = [];
  for (const id of reachable(graph)) {
    const step = graph.nodes[id];
    for (const { exits, target } of step ? waysOf(kinds, step) : []) {
      const open = target === null || !graph.nodes[target];
      if (open) stubs.push({ id: stubId(id, exits), node: id, exits });
      lines.push({ way: wayId(id, exits), from: id, to: open ? stubId(id, exits) : target });
    }
  }
  return { lines, stubs };
}

/** Positions for a graph; the same graph is always drawn the same. */
export function place(kinds: StepKinds, graph: Graph): Placement {
  const { lines, stubs } = linesOf(kinds, graph);
  const layered = new Layered<GraphLabel, NodeLabel, EdgeLabel>({ multigraph: true });
  layered.setGraph({ rankdir: "TB", rankalign: "top", nodesep: GAP_X, ranksep: GAP_Y, edgesep: LANE_GAP });
  const card = { width: CARD_WIDTH, height: CARD_HEIGHT };
  layered.setNode(TRIGGER_ID, { ...card });
  for (const id of reachable(graph)) layered.setNode(id, { ...card });
  for (const stub of stubs) layered.setNode(stub.id, { width: STUB_WIDTH, height: STUB_HEIGHT });
  if (graph.nodes[graph.start]) layered.setEdge(TRIGGER_ID, graph.start, {});
  for (const { way, from, to } of lines) layered.setEdge(from, to, {}, way);
  layout(layered);

  const spots: Record<string, Spot> = {};
  for (const id of layered.nodes()) {
    const { x = 0, y = 0, width, height } = layered.node(id);
    spots[id] = { x: x - width / 2, y: y - height / 2 };
  }
  const lanes: Record<string, number> = {};
  const owners: Record<string, string> = {};
  const nearest: Record<string, number> = {};
  for (const { way, from, to } of lines) {
    const down = (spots[to]?.y ?? 0) - (spots[from]?.y ?? 0);
    if (down > NEXT_ROW) lanes[way] = middleOf(layered.edge(from, to, way).points ?? []);
    if (down > 0 && down < (nearest[to] ?? Infinity)) {
      nearest[to] = down;
      owners[to] = way;
    }
  }
  const { width = CARD_WIDTH, height = CARD_HEIGHT } = layered.graph();
  return { spots, stubs, lanes, owners, width, height };
}

/** Where a line is between its ends. */
function middleOf(points: Spot[]): number {
  return points[Math.floor(points.length / 2)]?.x ?? 0;
}
