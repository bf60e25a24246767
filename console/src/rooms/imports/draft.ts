import type { AttributeSpec, ColumnSpec, FileColumn, ImportKind, Mapping, Rules, Target } from "./types";

/** The mapping as the screen holds it: by column of the file, with the choices about reading it. */
export interface Draft {
  kind: string;
  /** Target by column; `attribute:new` makes an attribute of the column. */
  chosen: Record<string, string>;
  /** What a column's new attribute is called, keyed and typed, by column. */
  attributes: Record<string, NewAttribute>;
  zone: string;
  source: string;
  unit: "yuan" | "fen";
  timeFormat: string;
  identity: string;
  rules: Rules;
}

export interface NewAttribute {
  name: string;
  label: string;
  type: AttributeSpec["type"];
}

export const NEW_ATTRIBUTE = "attribute:new";
export const ATTRIBUTE = "attribute.";

export const keyOf = (kind: { kind: string; fact?: string | null }): string => (kind.fact ? `${kind.kind}:${kind.fact}` : kind.kind);

const PLAIN = { decimal: ".", unit: "yuan" } as const;

const specOf = (value: string | ColumnSpec): ColumnSpec => (typeof value === "string" ? { ...PLAIN, column: value } : value);

/** A mapping document as a draft. Columns that fill no target are left out. */
export function draftOf(mapping: Mapping, zone: string): Draft {
  const chosen: Record<string, string> = {};
  const attributes: Record<string, NewAttribute> = {};
  let unit: Draft["unit"] = "yuan";
  let timeFormat = "";
  let identity = "external_id";
  for (const [target, value] of Object.entries(mapping.columns)) {
    const spec = specOf(value);
    if (spec.column) chosen[spec.column] = target;
    const attribute = mapping.attributes[target.replace(ATTRIBUTE, "")];
    if (spec.column && attribute && target.startsWith(ATTRIBUTE)) attributes[spec.column] = { name: target.slice(ATTRIBUTE.length), label: attribute.label, type: attribute.type };
    if (spec.unit === "fen") unit = "fen";
    if (spec.format) timeFormat = spec.format;
    if (spec.identity) identity = spec.identity;
  }
  return { kind: keyOf(mapping), chosen, attributes, zone: mapping.zone || zone, source: mapping.source, unit, timeFormat, identity, rules: mapping.rules };
}

/** A field name for a new attribute: `Home City` -> `home_city`; a heading without letters becomes `column_3`. */
export function fieldName(heading: string, place: number): string {
  const plain = heading.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 40);
  return plain || `column_${String(place + 1)}`;
}

const ATTRIBUTE_TYPES: Record<string, AttributeSpec["type"]> = { number: "number", time: "date", boolean: "boolean" };

/** What a new attribute of a column is called until somebody says otherwise. */
export function newAttribute(column: FileColumn, place: number): NewAttribute {
  return { name: fieldName(column.name, place), label: column.name, type: ATTRIBUTE_TYPES[column.type] ?? "text" };
}

/** The attribute that a column makes, if it makes one. */
function madeBy(draft: Draft, column: string): NewAttribute | undefined {
  const target = draft.chosen[column];
  const made = draft.attributes[column];
  return made && (target === NEW_ATTRIBUTE || target === ATTRIBUTE + made.name) ? made : undefined;
}

/** How a target is read from its column; what the screen does not offer stays as it was proposed for that column. */
function filled(target: Target | undefined, column: string, draft: Draft, proposed: string | ColumnSpec | undefined): string | ColumnSpec {
  const kept = proposed && specOf(proposed).column === column ? specOf(proposed) : { ...PLAIN, column };
  if (target?.type === "money" && draft.unit !== kept.unit) return { ...kept, unit: draft.unit };
  if (target?.type === "time" && draft.timeFormat !== (kept.format ?? "")) return { ...kept, format: draft.timeFormat || null };
  if (target?.name === "member" && draft.identity !== (kept.identity ?? "external_id")) return { ...kept, identity: draft.identity, prefix: null };
  return proposed && specOf(proposed).column === column ? proposed : column;
}

/** The draft as the mapping document the server reads. Choices the screen does not offer are kept from `base`. */
export function mappingOf(draft: Draft, kind: ImportKind, columns: FileColumn[], base: Mapping): Mapping {
  const same = keyOf(base) === draft.kind;
  const kept = Object.entries(same ? base.columns : {}).filter(([, value]) => specOf(value).column === null || specOf(value).column === undefined);
  const mapping: Mapping = { kind: kind.kind, fact: kind.fact, source: draft.source || "file", zone: draft.zone, columns: Object.fromEntries(kept), attributes: same ? base.attributes : {}, rules: draft.rules };
  columns.forEach((column, place) => {
    const target = draft.chosen[column.name];
    if (!target) return;
    const made = madeBy(draft, column.name) ?? (target === NEW_ATTRIBUTE ? newAttribute(column, place) : undefined);
    if (!made) {
      mapping.columns[target] = filled(kind.targets.find((item) => item.name === target), column.name, draft, same ? base.columns[target] : undefined);
      return;
    }
    const { name, label, type } = made;
    mapping.columns[`${ATTRIBUTE}${name}`] = column.name;
    mapping.attributes = { ...mapping.attributes, [name]: { ...mapping.attributes[name], label, type } };
  });
  return mapping;
}

/** The value of a rule; `name` is a path: `refund.prefix`. */
export function ruleOf(rules: Rules, name: string): unknown {
  return name.split(".").reduce<unknown>((value, key) => (value && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined), rules);
}

/** The rules with one of them set; an empty text takes the whole rule away. */
export function withRule(rules: Rules, name: string, value: string): Rules {
  const [head = name, key] = name.split(".");
  if (key === undefined) return { ...rules, [head]: value || null };
  return { ...rules, [head]: value ? { [key]: value } : null };
}

export interface Judgement {
  /** Targets that must still be matched; a list of lists means one of them. */
  missing: Target[][];
  twice: string[];
}

/** What keeps the draft from being previewed. The server has the last word. */
export function judge(draft: Draft, kind: ImportKind): Judgement {
  const used = Object.entries(draft.chosen).flatMap(([column, target]) => {
    const made = madeBy(draft, column);
    return made ? [ATTRIBUTE + made.name] : target && target !== NEW_ATTRIBUTE ? [target] : [];
  });
  const has = (name: string): boolean => used.includes(name);
  const missing = kind.targets.filter((target) => target.required && !has(target.name)).map((target) => [target]);
  for (const names of kind.needs_one_of) {
    if (!names.some(has)) missing.push(kind.targets.filter((target) => names.includes(target.name)));
  }
  return { missing, twice: [...new Set(used.filter((target, index) => used.indexOf(target) !== index))] };
}
