/** Pure parts of the drawn form: which fields it shows, and what a change of one does to the others. */
import type { Schemas } from "@/api";

type SettingSchema = Schemas["SettingSchema"];

export type Settings = Readonly<Record<string, unknown>>;

/** A key that tells the entries of a list apart: never shown, made when an entry is added. */
export const KEY_FORMAT = "exit_key";
const WHOLE_PERCENT = 100;

/** The number of the way in which the form is filled: the one whose fields are those that have a value. */
export function modeOf(schema: SettingSchema, settings: Settings): number {
  const modes = schema.modes ?? [];
  const all = new Set(modes.flatMap((mode) => Object.keys(mode.start)));
  const has = [...all].filter((name) => settings[name] !== undefined && settings[name] !== null);
  const score = (start: Record<string, unknown>): number => has.filter((name) => name in start).length * 2 - has.filter((name) => !(name in start)).length - Object.keys(start).filter((name) => !has.includes(name)).length;
  return modes.reduce((best, mode, index) => (score(mode.start) > score(modes[best]?.start ?? {}) ? index : best), 0);
}

/** The fields to draw, in the server's order: those of the chosen way, whose conditions hold and whose parent has a value. */
export function shownFields(schema: SettingSchema, settings: Settings): [string, SettingSchema][] {
  const modes = schema.modes ?? [];
  const ways = new Set(modes.flatMap((mode) => Object.keys(mode.start)));
  const chosen = modes[modeOf(schema, settings)]?.start ?? {};
  const fields = schema.properties ?? {};
  return Object.entries(fields).filter(([name, field]) => {
    if (field.format === KEY_FORMAT || (ways.has(name) && !(name in chosen))) return false;
    const apart = Object.entries(field.only_with ?? {}).some(([other, value]) => (settings[other] ?? fields[other]?.default) !== value);
    return !apart && (!field.of || Boolean(settings[field.of]));
  });
}

/** The settings with one value changed; undefined takes it out. What depends on it begins anew. */
export function withValue(schema: SettingSchema, settings: Settings, name: string, value: unknown): Settings {
  const dependent = Object.entries(schema.properties ?? {}).filter(([, field]) => field.of === name).map(([key]) => key);
  const kept = Object.entries(settings).filter(([key]) => key !== name && !dependent.includes(key));
  return Object.fromEntries(value === undefined ? kept : [...kept, [name, value]]);
}

/** What a field starts with when it is asked for. */
export function emptyValue(schema: SettingSchema): unknown {
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (schema.format === "duration") return 86_400;
  if (schema.type === "integer" || schema.type === "number") return schema.minimum ?? 0;
  if (schema.type === "array") return [];
  return schema.format === "audience_tree" ? { all: [] } : "";
}

/** A new entry of a list beside those there are: a key of its own, and of a whole in per cent what is left. */
export function newEntry(item: SettingSchema, entries: readonly Settings[]): Settings {
  const values = Object.entries(item.properties ?? {}).map(([name, field]): [string, unknown] => {
    if (field.format === KEY_FORMAT) return [name, freshKey(entries.map((entry) => entry[name]))];
    if (field.format === "percent") return [name, Math.max(0, WHOLE_PERCENT - entries.reduce((sum, entry) => sum + Number(entry[name] ?? 0), 0))];
    return [name, emptyValue(field)];
  });
  return Object.fromEntries(values);
}

function freshKey(taken: readonly unknown[]): string {
  let n = taken.length + 1;
  while (taken.includes(`k${String(n)}`)) n += 1;
  return `k${String(n)}`;
}
