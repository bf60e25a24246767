import {
  AimOutlined, BranchesOutlined, LineChartOutlined, SettingOutlined, SunOutlined, TeamOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import { useCan } from "@/api";
import type { frameWords } from "./words";

type Key = keyof typeof frameWords;

export interface Entry {
  to: string;
  word: Key;
  icon?: ReactNode;
  /** Addresses, besides its own, at which the entry is the present one. */
  also?: string[];
  children?: Entry[];
  /** What one must hold to be shown the page; the server refuses the others anyway. */
  permission?: string;
}

/** The operator's order; only pages that exist. */
const ENTRIES: Entry[] = [
  { to: "/", word: "today", icon: <SunOutlined aria-hidden /> },
  {
    to: "/members", word: "members", permission: "members.read", icon: <TeamOutlined aria-hidden />, also: ["/imports"],
    children: [
      { to: "/members", word: "allMembers", permission: "members.read" },
      { to: "/members/tags", word: "tags", permission: "members.read" },
      { to: "/members/attributes", word: "attributes", permission: "members.read" },
      { to: "/imports", word: "imports", permission: "imports.read" },
    ],
  },
  { to: "/audiences", word: "audiences", permission: "audiences.read", icon: <AimOutlined aria-hidden /> },
  {
    to: "/journeys", word: "journeys", permission: "journeys.read", icon: <BranchesOutlined aria-hidden />, also: ["/messages"],
    children: [
      { to: "/journeys", word: "allJourneys", permission: "journeys.read" },
      { to: "/journeys/templates", word: "templates", permission: "templates.read" },
      { to: "/messages", word: "messages", permission: "messages.read" },
    ],
  },
  { to: "/insight", word: "insight", permission: "reports.read", icon: <LineChartOutlined aria-hidden /> },
  { to: "/settings", word: "settings", icon: <SettingOutlined aria-hidden /> },
];

/** The entries of a role. Where it may not see an entry's own page but some beneath it, these stand in its place. */
export function entriesFor(can: (permission: string) => boolean): Entry[] {
  const seen = (entry: Entry): boolean => !entry.permission || can(entry.permission);
  return ENTRIES.flatMap((entry) => {
    const children = entry.children?.filter(seen);
    if (seen(entry)) return [children ? { ...entry, children } : entry];
    return children?.map((child) => ({ ...child, icon: entry.icon })) ?? [];
  });
}

/** The entries of whoever is signed in. */
export const useEntries = (): Entry[] => entriesFor(useCan());

const under = (path: string, root: string): boolean => (root === "/" ? path === "/" : path === root || path.startsWith(`${root}/`));

export const isHere = (path: string, entry: Entry): boolean => [entry.to, ...(entry.also ?? [])].some((root) => under(path, root));

/** Of an entry's children the one with the longest matching address. */
export function childHere(path: string, entry: Entry): string | undefined {
  return entry.children
    ?.filter((child) => under(path, child.to))
    .sort((a, b) => b.to.length - a.to.length)[0]?.to;
}
