/** Pure edits of the parts of a condition. */
import type { Prop } from "./language";
import { isObject, type Body, type Value } from "./tree";

export type Loose = Record<string, unknown>;

export function loose(value: unknown): Loose {
  return isObject(value) ? value : {};
}

/** The first operator of a body such as {field, ">=": 3}, and its value. */
export function operatorOf(body: Loose, skip: readonly string[] = ["field", "prop"]): [string, unknown] | undefined {
  return Object.entries(body).find(([key]) => !skip.includes(key));
}

/** The body with one key set; undefined takes the key out. */
export function withKey(body: unknown, key: string, value: unknown): Value {
  const copy: Loose = { ...loose(body) };
  if (value === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = value;
  return copy as Body;
}

/** What an operator starts with when it is chosen, keeping the old value where it still makes sense. */
export function startValue(op: string, prop: Prop | undefined, old: unknown): unknown {
  const scalar = Array.isArray(old) ? old[0] : old;
  const numeric = prop?.type === "number" || prop?.type === "money";
  switch (op) {
    case "exists":
      return true;
    case "in":
    case "not_in":
      return scalar === undefined || scalar === "" || typeof scalar === "boolean" ? [] : [scalar];
    case "between":
      return numeric ? [Number(scalar) || 0, Number(scalar) || 0] : ["", ""];
    case "before":
    case "after":
      return typeof old === "string" && old ? old : "-30d";
    case "anniversary_within":
      return "7d";
    default:
      if (prop?.type === "boolean") return typeof old === "boolean" ? old : true;
      if (numeric) return typeof scalar === "number" ? scalar : 1;
      return typeof scalar === "string" ? scalar : "";
  }
}

export function operatorsOf(prop: Prop | undefined): string[] {
  return prop ? prop.operators : ["is"];
}

/** A test on another property: the first operator that suits its type. */
export function startTest(key: "field" | "prop", prop: Prop | undefined, name: string): Body {
  const op = operatorsOf(prop)[0] ?? "is";
  return { [key]: name, [op]: startValue(op, prop, undefined) } as Body;
}

/** The same test with another operator. */
export function withOperator(key: "field" | "prop", body: Loose, prop: Prop | undefined, op: string): Body {
  return { [key]: body[key], [op]: startValue(op, prop, operatorOf(body)?.[1]) } as Body;
}
