import {
  AimOutlined, BranchesOutlined, LineChartOutlined, SettingOutlined, SunOutlined, TeamOutlined,
} from "@ant-design/icons";
import type { ReactNode } from "react";
import type { frameWords } from "./words";

type Key = keyof typeof frameWords;

export interface Entry {
  to: string;
  word: Key;
  icon?: ReactNode;
  /** Addresses, besides its own, at which the entry is the present one. */
  also?: string[];
  children?: Entry[];
}

/** The operator's order; only pages that exist. */
export const ENTRIES: Entry[] = [
  { to: "/", word: "today", icon: <SunOutlined aria-hidden /> },
  {
    to: "/members", word: "members", icon: <TeamOutlined aria-hidden />, also: ["/imports"],
    children: [
      { to: "/members", word: "allMembers" },
      { to: "/members/tags", word: "tags" },
      { to: "/members/attributes", word: "attributes" },
      { to: "/imports", word: "imports" },
    ],
  },
  { to: "/audiences", word: "audiences", icon: <AimOutlined aria-hidden /> },
  {
    to: "/journeys", word: "journeys", icon: <BranchesOutlined aria-hidden />, also: ["/messages"],
    children: [
      { to: "/journeys", word: "allJourneys" },
      { to: "/journeys/templates", word: "templates" },
      { to: "/messages", word: "messages" },
    ],
  },
  { to: "/insight", word: "insight", icon: <LineChartOutlined aria-hidden /> },
  { to: "/settings", word: "settings", icon: <SettingOutlined aria-hidden /> },
];

const under = (path: string, root: string): boolean => (root === "/" ? path === "/" : path === root || path.startsWith(`${root}/`));

export const isHere = (path: string, entry: Entry): boolean => [entry.to, ...(entry.also ?? [])].some((root) => under(path, root));

/** Of an entry's children the one with the longest matching address. */
export function childHere(path: string, entry: Entry): string | undefined {
  return entry.children
    ?.filter((child) => under(path, child.to))
    .sort((a, b) => b.to.length - a.to.length)[0]?.to;
}
