/** Which conditions are still being filled in; they are left out of the live count and stop a save. */
import { placeFaults, type Group, type Item } from "./tree";
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
