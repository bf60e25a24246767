/** The audience language as the API takes it, and the editor's own form of it: groups and conditions with stable ids. */

export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };
export type Body = { [key: string]: Value };
export type Tree = { all: Tree[] } | { any: Tree[] } | { not: Tree } | Body;

export type GroupMode = "all" | "any" | "none" | "not_all";

export interface Group {
  id: string;
  kind: "group";
  mode: GroupMode;
  children: Item[];
}

/** One condition. `type` is its key in the language (`did`, `profile`, ...), `body` what stands under that key. */
export interface Condition {
  id: string;
  kind: "condition";
  type: string;
  body: Value;
  negated: boolean;
}

export type Item = Group | Condition;

let issued = 0;
/** Ids only have to differ within one open page. */
export function freshId(): string {
  issued += 1;
  return `c${issued}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function group(mode: GroupMode, children: Item[] = []): Group {
  return { id: freshId(), kind: "group", mode, children };
}

export function condition(type: string, body: Value, negated = false): Condition {
  return { id: freshId(), kind: "condition", type, body, negated };
}

function readItem(tree: Tree): Item {
  if (Array.isArray((tree as { all?: unknown }).all)) return group("all", (tree as { all: Tree[] }).all.map(readItem));
  if (Array.isArray((tree as { any?: unknown }).any)) return group("any", (tree as { any: Tree[] }).any.map(readItem));
  if (isObject((tree as { not?: unknown }).not)) {
    const inner = readItem((tree as { not: Tree }).not);
    if (inner.kind === "condition") {
      return inner.negated ? group("none", [inner]) : { ...inner, negated: true };
    }
    if (inner.mode === "any") return { ...inner, mode: "none" };
    if (inner.mode === "all") return { ...inner, mode: "not_all" };
    return group("none", [inner]);
  }
  const [type, body] = Object.entries(tree as Body)[0] ?? ["profile", {}];
  return condition(type, body);
}

/** A tree from the server as an editable root group. */
export function fromTree(tree: Tree | null | undefined): Group {
  if (!tree || Object.keys(tree).length === 0) return group("all");
  const item = readItem(tree);
  return item.kind === "group" ? item : group("all", [item]);
}

/** The wire form of an item. */
export function toTree(item: Item): Tree {
  if (item.kind === "condition") {
    const bare: Body = { [item.type]: item.body };
    return item.negated ? { not: bare } : bare;
  }
  const children = item.children.map(toTree);
  switch (item.mode) {
    case "all":
      return { all: children };
    case "any":
      return { any: children };
    case "none":
      return { not: { any: children } };
    case "not_all":
      return { not: { all: children } };
  }
}

/** The path of every item in the wire form, so that a fault the server names can be put beside its condition. */
export function pathsOf(root: Item): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  const visit = (item: Item, path: string[]): void => {
    paths.set(item.id, path);
    if (item.kind === "condition") return;
    const inside = item.mode === "none" ? ["not", "any"] : item.mode === "not_all" ? ["not", "all"] : [item.mode];
    item.children.forEach((child, index) => {
      visit(child, [...path, ...inside, String(index)]);
    });
  };
  visit(root, []);
  return paths;
}

/** "tree.all[0].did.count" or "/all/0/did/count" as its parts. */
export function splitPath(path: string): string[] {
  const parts = path.replaceAll(/[[\]]/g, ".").split(/[./]/).filter(Boolean);
  while (parts[0] === "$" || parts[0] === "tree" || parts[0] === "body") parts.shift();
  return parts;
}

export interface Fault {
  path: string;
  reason: string;
  reason_zh?: string | null;
  expected?: string | null;
}

export interface PlacedFault extends Fault {
  /** What of the path lies inside the condition, e.g. ["did", "count"]. */
  inside: string[];
}

/** Each fault at the deepest item whose path begins the fault's path. */
export function placeFaults(root: Item, faults: readonly Fault[]): Map<string, PlacedFault[]> {
  const paths = [...pathsOf(root)];
  const placed = new Map<string, PlacedFault[]>();
  for (const fault of faults) {
    const parts = splitPath(fault.path);
    let best: [string, string[]] = [root.id, []];
    for (const [id, path] of paths) {
      const begins = path.length <= parts.length && path.every((part, index) => parts[index] === part);
      if (begins && path.length >= best[1].length) best = [id, path];
    }
    const list = placed.get(best[0]) ?? [];
    list.push({ ...fault, inside: parts.slice(best[1].length) });
    placed.set(best[0], list);
  }
  return placed;
}

/** The item with `id` replaced by what `edit` returns; null takes it out. */
export function editItem(root: Group, id: string, edit: (item: Item) => Item | null): Group {
  const visit = (item: Item): Item | null => {
    if (item.id === id) return edit(item);
    if (item.kind === "condition") return item;
    return { ...item, children: item.children.map(visit).filter((child): child is Item => child !== null) };
  };
  const edited = visit(root);
  return edited?.kind === "group" ? edited : { ...root, children: [] };
}

/** A copy with new ids. */
export function copyItem(item: Item): Item {
  return item.kind === "condition" ? { ...item, id: freshId() } : { ...item, id: freshId(), children: item.children.map(copyItem) };
}

/** Puts `added` after the item `id`, inside the same group. */
export function insertAfter(root: Group, id: string, added: Item): Group {
  const visit = (item: Item): Item => {
    if (item.kind === "condition") return item;
    const children = item.children.flatMap((child) => (child.id === id ? [child, added] : [visit(child)]));
    return { ...item, children };
  };
  return visit(root) as Group;
}

/** Moves an item one place up or down among its neighbours. */
export function moveItem(root: Group, id: string, by: -1 | 1): Group {
  const visit = (item: Item): Item => {
    if (item.kind === "condition") return item;
    const at = item.children.findIndex((child) => child.id === id);
    const to = at + by;
    if (at === -1) return { ...item, children: item.children.map(visit) };
    if (to < 0 || to >= item.children.length) return item;
    const children = [...item.children];
    const [taken] = children.splice(at, 1);
    if (taken) children.splice(to, 0, taken);
    return { ...item, children };
  };
  return visit(root) as Group;
}

export function countConditions(item: Item): number {
  return item.kind === "condition" ? 1 : item.children.reduce((sum, child) => sum + countConditions(child), 0);
}

export { isObject };
