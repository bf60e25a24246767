import { CompressOutlined, MinusOutlined, PlusOutlined } from "@ant-design/icons";
import { Background, Panel, ReactFlow, ReactFlowProvider, useReactFlow, type Connection, type Node } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { Button } from "antd";
import { useEffect, useMemo } from "react";
import { useT, useTheme } from "@/ui";
import { allowedTargets, waysOf, type Graph, type Step } from "../graph";
import { CARD_WIDTH, place, STUB_WIDTH, stubId, TRIGGER_ID, wayId, type Placement } from "../layout";
import { wayName } from "../describe";
import { journeyWords } from "../words";
import { FlowEdge, type FlowLine } from "./FlowEdge";
import { InsertButton } from "./InsertButton";
import { StepNode, StubNodeView, TriggerNode } from "./nodes";
import { useCanvas, type CanvasScope } from "./scope";
import "./canvas.css";

/** Half of the dry-run drawer, which covers the right of the canvas while it plays. */
const DRAWER_HALF = 230;

const NODE_TYPES = { trigger: TriggerNode, step: StepNode, stub: StubNodeView };
const EDGE_TYPES = { flow: FlowEdge };

function nodesOf(graph: Graph, placed: Placement): Node[] {
  const at = (id: string) => placed.spots[id] ?? { x: 0, y: 0 };
  const fixed = { draggable: false, selectable: false, focusable: false };
  const steps: Node[] = Object.keys(graph.nodes).filter((id) => placed.spots[id]).map((id) => ({ id, type: "step", position: at(id), data: {}, width: CARD_WIDTH, ...fixed }));
  const stubs: Node[] = placed.stubs.map((stub) => ({ id: stub.id, type: "stub", position: at(stub.id), data: { node: stub.node, exits: stub.exits }, width: STUB_WIDTH, ...fixed }));
  return [{ id: TRIGGER_ID, type: "trigger", position: at(TRIGGER_ID), data: {}, width: CARD_WIDTH, ...fixed }, ...steps, ...stubs];
}

function flowOf(scope: CanvasScope, node: string, step: Step, exits: string[]): number | null {
  const own = scope.counts?.nodes[node];
  if (!own) return null;
  const named = exits.reduce((sum, exit) => sum + (own.exits[exit] ?? 0), 0);
  return named || (waysOf(scope.describer.kinds, step).length === 1 ? own.passed : 0);
}

function edgesOf(scope: CanvasScope, placed: Placement): FlowLine[] {
  const { graph, counts, describer } = scope;
  const most = Math.max(1, counts?.entered ?? 0, ...Object.values(counts?.nodes ?? {}).map((own) => own.passed));
  const lines: FlowLine[] = [];
  if (graph.nodes[graph.start]) {
    const flow = counts?.entered ?? null;
    lines.push({ id: "from-trigger", source: TRIGGER_ID, target: graph.start, type: "flow", focusable: false, data: { label: "", place: { at: "start" }, flow, share: (flow ?? 0) / most, stub: false, lane: null, own: true } });
  }
  for (const [id, step] of Object.entries(graph.nodes)) {
    for (const way of waysOf(scope.describer.kinds, step)) {
      const stub = way.target === null || !graph.nodes[way.target];
      const flow = flowOf(scope, id, step, way.exits);
      const lane = placed.lanes[wayId(id, way.exits)] ?? null;
      const own = stub || (way.target !== null && placed.owners[way.target] === wayId(id, way.exits));
      lines.push({
        id: `${id}:${way.exits.join("+")}`, source: id, sourceHandle: way.exits.join("+"), target: stub || way.target === null ? stubId(id, way.exits) : way.target, type: "flow", focusable: false,
        data: { label: wayName(id, step, way.exits, describer), place: { at: "exits", node: id, exits: way.exits }, flow, share: (flow ?? 0) / most, stub, lane, own },
      });
    }
  }
  return lines;
}

function Zoom() {
  const t = useT(journeyWords);
  const flow = useReactFlow();
  return (
    <Panel position="bottom-right" className="canvas-zoom">
      <Button size="small" icon={<PlusOutlined aria-hidden />} aria-label={t("zoomIn")} onClick={() => void flow.zoomIn()} />
      <Button size="small" icon={<MinusOutlined aria-hidden />} aria-label={t("zoomOut")} onClick={() => void flow.zoomOut()} />
      <Button size="small" icon={<CompressOutlined aria-hidden />} aria-label={t("fit")} onClick={() => void flow.fitView({ maxZoom: 1, duration: 180 })} />
    </Panel>
  );
}

/** Below this the cards cannot be read; a larger journey is then scrolled. */
const ZOOM_OPEN_MIN = 0.85;

interface Props {
  onConnect?: (node: string, exits: string[], target: string) => void;
}

function Board({ onConnect }: Props) {
  const t = useT(journeyWords);
  const { dark } = useTheme();
  const scope = useCanvas();
  const flow = useReactFlow();
  const { graph, describer, editable, lit } = scope;
  const placed = useMemo(() => place(describer.kinds, graph), [describer.kinds, graph]);
  const nodes = useMemo(() => nodesOf(graph, placed), [graph, placed]);
  const edges = useMemo(() => edgesOf(scope, placed), [scope, placed]);
  const now = lit?.now ?? null;
  useEffect(() => {
    const spot = now === null ? undefined : placed.spots[now];
    if (spot) void flow.setCenter(spot.x + CARD_WIDTH / 2 + DRAWER_HALF, spot.y + 60, { zoom: Math.max(0.7, flow.getZoom()), duration: 180 });
  }, [now, placed, flow]);
  const empty = Object.keys(graph.nodes).length === 0;
  const trigger = placed.spots[TRIGGER_ID] ?? { x: 0, y: 0 };
  return (
    <ReactFlow
      nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES} colorMode={dark ? "dark" : "light"} aria-label={t("canvas")}
      nodesDraggable={false} nodesConnectable={editable} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} deleteKeyCode={null} disableKeyboardA11y
      minZoom={0.25} maxZoom={1.5} panOnScroll zoomOnDoubleClick={false} fitView={false} onlyRenderVisibleElements={false}
      onInit={(instance) => { frame(instance, placed, trigger.x); }}
      isValidConnection={(line) => line.source !== TRIGGER_ID && Boolean(line.target && graph.nodes[line.target]) && allowedTargets(graph, line.source).includes(line.target)}
      onConnect={(line: Connection) => { if (onConnect && line.sourceHandle) onConnect(line.source, line.sourceHandle.split("+"), line.target); }}
      proOptions={{ hideAttribution: true }}
    >
      <Background gap={20} size={1} />
      <Zoom />
      {empty && editable ? (
        <Panel position="top-center" className="canvas-first">
          <InsertButton place={{ at: "start" }} label={t("addFirst")} className="stub-button">{t("addFirst")}</InsertButton>
        </Panel>
      ) : null}
    </ReactFlow>
  );
}

/** Opens at a readable size with the trigger at the top; small journeys are shown whole. */
function frame(instance: { setViewport: (view: { x: number; y: number; zoom: number }) => unknown }, placed: Placement, triggerX: number): void {
  const box = document.querySelector(".canvas")?.getBoundingClientRect();
  if (!box) return;
  const zoom = Math.min(1, Math.max(ZOOM_OPEN_MIN, Math.min((box.width - 48) / placed.width, (box.height - 48) / placed.height)));
  instance.setViewport({ x: box.width / 2 - (triggerX + CARD_WIDTH / 2) * zoom, y: 24, zoom });
}

/** The journey drawn from top to bottom. Steps are placed by the program, so that every journey reads the same way. */
export function Canvas(props: Props) {
  return (
    <div className="canvas">
      <ReactFlowProvider>
        <Board {...props} />
      </ReactFlowProvider>
    </div>
  );
}
