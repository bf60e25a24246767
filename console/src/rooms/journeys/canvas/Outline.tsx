import { useT } from "@/ui";
import { exitsOf, waysOf } from "../graph";
import { TRIGGER_ID } from "../layout";
import { outline } from "../outline";
import { exitName, triggerLine } from "../describe";
import { journeyWords } from "../words";
import { InsertButton } from "./InsertButton";
import { useCanvas } from "./scope";
import { StepCard } from "./StepCard";
import "./canvas.css";

const INDENT_PX = 16;
const DEPTH_SHOWN_MAX = 5;

/** The journey as an indented list: what the canvas shows, for a narrow screen. */
export function Outline() {
  const t = useT(journeyWords);
  const { graph, describer, numbers, editable, selected, onSelect } = useCanvas();
  const rows = outline(describer.kinds, graph);
  return (
    <ol className="outline" aria-label={t("canvas")}>
      <li>
        <div className={`step-card trigger${selected === TRIGGER_ID ? " selected" : ""}`}>
          <button type="button" className="step-main" onClick={() => { onSelect(TRIGGER_ID); }}>
            <span className="step-title">{t("trigger")}</span>
            <span className="step-line">{triggerLine(describer)}</span>
          </button>
        </div>
        {editable ? <InsertButton place={{ at: "start" }} label={t("insertHere")} className="outline-plus">{rows.length ? null : t("addFirst")}</InsertButton> : null}
      </li>
      {rows.map((row, index) => {
        const step = graph.nodes[row.id];
        if (!step) return null;
        const { via } = row;
        const ways = waysOf(describer.kinds, step);
        return (
          <li key={`${row.id}:${index}`} style={{ marginInlineStart: Math.min(row.depth, DEPTH_SHOWN_MAX) * INDENT_PX }}>
            {via ? <div className="outline-via">{via.exits.map((exit) => exitName(via.node, exit, describer)).join(" / ")}</div> : null}
            {row.again ? <div className="outline-again muted">{t("outlineAgain", { n: numbers.get(row.id) ?? "" })}</div> : <StepCard id={row.id} />}
            {editable && !row.again
              ? ways.filter((way) => way.target === null || ways.length === 1).map((way) => (
                  <InsertButton key={way.exits.join("+")} place={{ at: "exits", node: row.id, exits: way.exits }} label={t("addStep")} className="outline-plus">
                    {ways.length > 1 || way.exits.length < exitsOf(describer.kinds, step).length ? t("thenOf", { exit: way.exits.map((exit) => exitName(row.id, exit, describer)).join(" / ") }) : null}
                  </InsertButton>
                ))
              : null}
          </li>
        );
      })}
    </ol>
  );
}
