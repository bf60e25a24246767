/** What ⌘K finds: things to do, pages, and whatever has the text in its name. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ReactNode } from "react";
import { addressOf, api, ok, useCan } from "@/api";
import { PersonChip, useDebounced, useLocale, useT } from "@/ui";
import type { LocalizedText } from "@/ui";
import { useEntries } from "./entries";
import { SECTIONS } from "./settings/sections";
import { settingsWords } from "./settings/words";
import { frameWords } from "./words";

type Group = "commands" | "members" | "audiences" | "journeys" | "templates" | "tags" | "insight" | "settings" | "pages";

export interface Hit {
  key: string;
  group: Group;
  /** A page of the console, or a file that the browser downloads. */
  to: string;
  file?: boolean;
  label: ReactNode;
}

interface Named {
  key: string;
  to: string;
  name: string;
  note?: string;
}

const PAUSE_MS = 180;
const STALE_MS = 30_000;
const PER_GROUP = 6;

const COMMANDS = [
  { word: "newAudience", to: "/audiences/new", permission: "audiences.write" },
  { word: "newJourney", to: "/journeys/new", permission: "journeys.write" },
  { word: "newTemplate", to: "/journeys/templates/new", permission: "templates.write" },
  { word: "newMember", to: "/members?new=1", permission: "members.write" },
  { word: "newImport", to: "/imports/new", permission: "imports.write" },
  { word: "exportMembers", to: addressOf("/api/v1/members.csv", {}), permission: "members.read", file: true },
] as const;

const holds = (name: string, text: string): boolean => name.toLowerCase().includes(text.toLowerCase());

/** What the console itself offers: things to do, pages, sections of the settings. */
function useOwnHits(text: string): Hit[] {
  const t = useT(frameWords);
  const ofSettings = useT(settingsWords);
  const can = useCan();
  const entries = useEntries();
  return useMemo(() => {
    const commands = COMMANDS.filter((command) => can(command.permission)).map((command): Hit => ({ key: `do:${command.word}`, group: "commands", to: command.to, file: "file" in command, label: t(command.word) }));
    const pages = entries
      .flatMap((entry) => [entry, ...(entry.children ?? []).filter((child) => child.to !== entry.to)])
      .map((entry): Hit => ({ key: `page:${entry.to}`, group: "pages", to: entry.to, label: t(entry.word) }));
    const settings = SECTIONS.filter((section) => !section.permission || can(section.permission)).map((section): Hit => ({ key: `set:${section.key}`, group: "settings", to: `/settings/${section.key}`, label: ofSettings(section.key) }));
    // what is named goes before what can be done with it; while nothing is typed, what can be done is what one may not know
    return (text ? [...pages, ...settings, ...commands] : [...commands, ...pages]).filter((hit) => holds(String(hit.label), text));
  }, [can, entries, ofSettings, t, text]);
}

/** A kind the person may not read, or a server that is slow, simply gives nothing. */
async function quietly<T>(answer: Promise<{ items: T[] }>): Promise<T[]> {
  try {
    return (await answer).items;
  } catch {
    return [];
  }
}

/** Members by name, number, phone or its last digits; the server searches. */
function useMemberHits(text: string): Named[] {
  const query = useQuery({
    queryKey: ["palette", "members", text],
    enabled: text.length > 0,
    staleTime: STALE_MS,
    queryFn: () => quietly(ok(api.GET("/api/v1/members", { params: { query: { search: text, limit: PER_GROUP } } }))),
  });
  return (query.data ?? []).map((member) => ({
    key: `m:${String(member.id)}`,
    to: `/members/${String(member.id)}`,
    name: member.name ?? member.external_id ?? member.phone ?? "",
    note: [member.external_id, member.phone].filter(Boolean).join(" · "),
  }));
}

/** What has a name in the brand; short lists, fetched once and searched here. */
function useNamed(open: boolean): Record<"audiences" | "journeys" | "templates" | "tags" | "insight", Named[]> | undefined {
  const { locale } = useLocale();
  const read = (text: LocalizedText): string => text[locale];
  const query = useQuery({
    queryKey: ["palette", "named"],
    enabled: open,
    staleTime: STALE_MS,
    queryFn: async () => {
      const [audiences, journeys, templates, groups, reports] = await Promise.all([
        quietly(ok(api.GET("/api/v1/audiences"))),
        quietly(ok(api.GET("/api/v1/journeys"))),
        quietly(ok(api.GET("/api/v1/templates"))),
        quietly(ok(api.GET("/api/v1/tag-groups"))),
        quietly(ok(api.GET("/api/v1/reports"))),
      ]);
      return { audiences, journeys, templates, groups, reports };
    },
  });
  if (!query.data) return undefined;
  const { audiences, journeys, templates, groups, reports } = query.data;
  return {
    audiences: audiences.map((item) => ({ key: `a:${String(item.id)}`, to: `/audiences/${String(item.id)}`, name: item.label })),
    journeys: journeys.map((item) => ({ key: `j:${String(item.id)}`, to: `/journeys/${String(item.id)}`, name: item.name })),
    templates: templates.map((item) => ({ key: `t:${String(item.id)}`, to: `/journeys/templates/${String(item.id)}`, name: item.name })),
    tags: groups.flatMap((group) => group.tags.map((tag) => ({ key: `tag:${String(tag.id)}`, to: `/members?${new URLSearchParams({ tag: tag.name }).toString()}`, name: tag.name, note: group.name }))),
    insight: reports.map((item) => ({ key: `r:${item.name}`, to: `/insight/${item.name}`, name: read(item.title), note: read(item.about) })),
  };
}

/** Everything that fits the text, things to do first while it is empty. */
export function usePaletteHits(text: string): Hit[] {
  const search = useDebounced(text, PAUSE_MS);
  const own = useOwnHits(text);
  const members = useMemberHits(search);
  const named = useNamed(text.length > 0);
  if (!text) return own;
  const hit = (group: Group) => (item: Named): Hit => ({
    key: item.key,
    group,
    to: item.to,
    label: group === "members" ? <PersonChip name={item.name} note={item.note} /> : <span className="palette-name"><span className="clip">{item.name}</span>{item.note ? <span className="muted clip">{item.note}</span> : null}</span>,
  });
  const fitting = (items: Named[] | undefined): Named[] => (items ?? []).filter((item) => holds(`${item.name} ${item.note ?? ""}`, text)).slice(0, PER_GROUP);
  return [
    ...members.map(hit("members")),
    ...fitting(named?.audiences).map(hit("audiences")),
    ...fitting(named?.journeys).map(hit("journeys")),
    ...fitting(named?.tags).map(hit("tags")),
    ...fitting(named?.templates).map(hit("templates")),
    ...fitting(named?.insight).map(hit("insight")),
    ...own,
  ];
}
