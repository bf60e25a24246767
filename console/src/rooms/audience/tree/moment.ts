/** Spans of the language: "90d", and "-30d" for so long ago. */

export type Unit = "s" | "m" | "h" | "d" | "w";

export interface Span {
  n: number;
  unit: Unit;
}

/** "90d" or "-90d" as a number and a unit; undefined when it is not a span. */
export function readSpan(text: unknown): Span | undefined {
  if (typeof text !== "string") return undefined;
  const match = /^-?(\d+)([smhdw])$/.exec(text);
  return match ? { n: Number(match[1]), unit: match[2] as Unit } : undefined;
}

/** Whether a point in time is written as so long ago. */
export function isAgo(value: unknown): boolean {
  return typeof value === "string" && value.startsWith("-") && readSpan(value) !== undefined;
}
