import type { EChartsType } from "echarts/core";
import { FONT } from "@/ui";

interface Picture {
  title: string;
  /** What stands below the title: the answer, the period, the brand. */
  lines: string[];
  ink: string;
  muted: string;
  surface: string;
}

const RATIO = 2;
const EDGE = 24 * RATIO;
const TITLE_PX = 18 * RATIO;
const LINE_PX = 12 * RATIO;
const LEADING = 1.6;

/** Breaks a text where it no longer fits; Chinese breaks between any two signs. */
function wrapped(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of text.match(/[\w.,%¥$'-]+\s*|./gu) ?? []) {
    if (line && context.measureText(line + part).width > width) {
      lines.push(line);
      line = part;
    } else line += part;
  }
  return line ? [...lines, line] : lines;
}

/** A chart as a picture that explains itself: title, answer, period and brand above what is drawn. */
export async function pictureOf(chart: EChartsType, { title, lines, ink, muted, surface }: Picture): Promise<string> {
  const drawn = new Image();
  drawn.src = chart.getDataURL({ type: "png", pixelRatio: RATIO, backgroundColor: surface });
  await drawn.decode();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) return drawn.src;
  const texts: { text: string; size: number; color: string; bold: boolean }[] = [];
  const width = drawn.width;
  const add = (text: string, size: number, color: string, bold: boolean): void => {
    context.font = `${bold ? "600 " : ""}${String(size)}px ${FONT}`;
    for (const line of wrapped(context, text, width)) texts.push({ text: line, size, color, bold });
  };
  add(title, TITLE_PX, ink, true);
  for (const line of lines) add(line, LINE_PX, muted, false);
  const head = texts.reduce((sum, line) => sum + line.size * LEADING, EDGE);
  canvas.width = width + 2 * EDGE;
  canvas.height = Math.ceil(head + drawn.height + EDGE);
  context.fillStyle = surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.textBaseline = "top";
  let top = EDGE;
  for (const line of texts) {
    context.font = `${line.bold ? "600 " : ""}${String(line.size)}px ${FONT}`;
    context.fillStyle = line.color;
    context.fillText(line.text, EDGE, top);
    top += line.size * LEADING;
  }
  context.drawImage(drawn, EDGE, head);
  return canvas.toDataURL("image/png");
}
