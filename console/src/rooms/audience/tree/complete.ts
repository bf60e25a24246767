/** Which conditions are still being filled in; they are left out of the live count and stop a save. */
import { operatorOf } from "./sentence";
import { loose } from "./tests";
import { type Group, type Item } from "./tree";

function filled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every(filled);
  return value !== undefined && value !== null && value !== "";
}

function testFilled(body: unknown, name: "field" | "prop"): boolean {
  const test = loose(body);
  return filled(test[name]) && filled(operatorOf(test)?.[1]);
}

function didFilled(body: unknown): boolean {
  const own = loose(body);
  if (!filled(own.fact)) return false;
  if (own.between !== undefined && !filled(own.between)) return false;
  if (own.since !== undefined && !filled(own.since)) return false;
  if (own.sum !== undefined && typeof own.sum === "object" && !testFilled(own.sum, "prop")) return false;
  if (own.distinct !== undefined && !testFilled(own.distinct, "prop")) return false;
  for (const end of ["first", "last"]) if (own[end] !== undefined && !filled(operatorOf(loose(own[end]))?.[1])) return false;
  return !Array.isArray(own.where) || own.where.every((test) => testFilled(test, "prop"));
}

const RULES: Record<string, (body: unknown) => boolean> = {
  did: didFilled,
  profile: (body) => testFilled(body, "field"),
  tag: (body) => filled(Object.values(loose(body))[0]),
  stage: filled,
  audience: filled,
  reachable: (body) => filled(loose(body).channel),
  consent: (body) => filled(loose(body).channel),
  rfm: (body) => Object.keys(loose(body)).length > 0,
  order: (body) => didFilled({ ...loose(body), fact: "order_paid" }),
  sequence: (body) => {
    const steps = loose(body).steps;
    return Array.isArray(steps) && steps.every((step) => didFilled(loose(step).did ?? step));
  },
  top: (body) => {
    const by = loose(loose(body).by);
    return didFilled(by.did ?? by);
  },
};

/** False for a condition that still lacks a choice, and for a nested group without conditions. */
export function isComplete(item: Item): boolean {
  if (item.kind === "group") return item.children.length > 0 && item.children.every(isComplete);
  return RULES[item.type]?.(item.body) ?? true;
}

/** The ids of what is still incomplete. */
export function incompleteIn(item: Item, outer = true): string[] {
  if (item.kind === "condition") return isComplete(item) ? [] : [item.id];
  if (item.children.length === 0) return outer ? [] : [item.id];
  return item.children.flatMap((child) => incompleteIn(child, false));
}

/** The group without what is incomplete, ids kept. */
export function completePart(root: Group): Group {
  const keep = (item: Item): Item | null => {
    if (item.kind === "condition") return isComplete(item) ? item : null;
    const children = item.children.map(keep).filter((child): child is Item => child !== null);
    return children.length ? { ...item, children } : null;
  };
  return { ...root, children: root.children.map(keep).filter((child): child is Item => child !== null) };
}
