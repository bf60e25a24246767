/** Which conditions are still being filled in; they are left out of the live count and stop a save. */
import { isObject, placeFaults, type Group, type Item, type PlacedFault } from "./tree";
import type { DescribedGroup } from "./useTreeText";

/** The ids of the conditions that the server cannot read yet, and of nested groups without conditions. */
export function unfinishedIn({ root, text }: DescribedGroup): Set<string> {
  const ids = new Set(placeFaults(root, text.faults).keys());
  const visit = (item: Item): void => {
    if (item.kind === "condition") return;
    if (item !== root && item.children.length === 0) ids.add(item.id);
    item.children.forEach(visit);
  };
  visit(root);
  ids.delete(root.id);
  return ids;
}

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);

/** Whether there is something at the place inside a condition that a fault names. */
function isFilledIn(item: Item, inside: readonly string[]): boolean {
  if (item.kind !== "condition") return false;
  const path = inside[0] === "not" ? inside.slice(1) : inside;
  let value: unknown = { [item.type]: item.body };
  for (const key of path) value = Array.isArray(value) ? (value as unknown[])[Number(key)] : isObject(value) ? value[key] : undefined;
  return !isBlank(value);
}

/** What the server refuses of what is filled in, by the condition's id: a tag that is gone is no field left empty. */
export function refusedIn({ root, text }: DescribedGroup): Map<string, PlacedFault[]> {
  const items = new Map<string, Item>();
  const visit = (item: Item): void => {
    items.set(item.id, item);
    if (item.kind === "group") item.children.forEach(visit);
  };
  visit(root);
  const refused = new Map<string, PlacedFault[]>();
  for (const [id, faults] of placeFaults(root, text.faults)) {
    const item = items.get(id);
    const filled = item ? faults.filter((fault) => isFilledIn(item, fault.inside)) : [];
    if (filled.length) refused.set(id, filled);
  }
  return refused;
}

/** The group without what is unfinished, ids kept. */
export function finishedPart(root: Group, unfinished: ReadonlySet<string>): Group {
  const keep = (item: Item): Item | null => {
    if (unfinished.has(item.id)) return null;
    if (item.kind === "condition") return item;
    const children = item.children.map(keep).filter((child): child is Item => child !== null);
    return children.length ? { ...item, children } : null;
  };
  return { ...root, children: root.children.map(keep).filter((child): child is Item => child !== null) };
}
