/** The words of a graph as the server gives them, picked for one reader. */
import type { Schemas } from "@/api";
import type { Locale, Translate } from "@/ui";
import { exitsOf, type Graph, type Step, type StepKinds } from "./graph";
import type { journeyWords } from "./words";

export interface Describer {
  t: Translate<typeof journeyWords>;
  locale: Locale;
  kinds: StepKinds;
  /** Nothing until the server has answered for the first time. */
  text: Schemas["GraphTextOut"] | undefined;
}

/** What a step is called: its own name, or that of its kind. */
export function stepTitle(id: string, describer: Describer): string {
  return describer.text?.steps[id]?.title[describer.locale] ?? "";
}

/** The line under a step's title: what exactly it does. */
export function stepLine(id: string, describer: Describer): string {
  return describer.text?.steps[id]?.line[describer.locale] ?? "";
}

/** Title and line together, for texts that point at a step. */
export function stepName(id: string, describer: Describer): string {
  return `${stepTitle(id, describer)} ${stepLine(id, describer)}`.trim();
}

/** The name of one exit of a step. */
export function exitName(id: string, exit: string, describer: Describer): string {
  return describer.text?.steps[id]?.exits[exit]?.[describer.locale] ?? exit;
}

/** The label of a line: nothing when the step has one way on, else the exits it carries. */
export function wayName(id: string, step: Step, exits: string[], describer: Describer): string {
  if (exits.length === exitsOf(describer.kinds, step).length) return "";
  return exits.map((exit) => exitName(id, exit, describer)).join(describer.locale === "zh" ? "、" : ", ");
}

export function triggerLine(describer: Describer): string {
  return describer.text?.trigger[describer.locale] ?? "";
}

/** Steps in reading order with their numbers, for texts that point at a step. */
export function numbered(graph: Graph, order: string[]): Map<string, number> {
  return new Map(order.filter((id) => graph.nodes[id]).map((id, index) => [id, index + 1]));
}
