import { useMemo } from "react";
import { asProblem, Problem } from "@/api";
import { useDebounced, useLocale } from "@/ui";
import { finishedPart, placeFaults, refusedIn, splitPath, toTree, unfinishedIn, useTreeText, type Fault, type Group, type PlacedFault, type Tree } from "@/rooms/audience/tree";
import { useCount, type Counted, type CountProgress } from "./data";
import type { Bar } from "./CountPanel";

const PAUSE_MS = 350;

export interface Live {
  tree: Tree;
  key: string;
  counted: Counted | undefined;
  fetching: boolean;
  /** The figures are those of the conditions of before. */
  stale: boolean;
  progress: CountProgress | null;
  failed: boolean;
  faults: Map<string, PlacedFault[]>;
  bars: Bar[];
  /** The ids of what the server cannot read yet. */
  unfinished: ReadonlySet<string>;
  /** What the server refuses of what is filled in, by item id. */
  refused: ReadonlyMap<string, PlacedFault[]>;
  /** The finished conditions as one sentence. */
  sentence: string;
}

const NOTHING = new Set<string>();
const EMPTY: readonly { path: string; text: { zh: string; en: string } }[] = [];

/** Counts while the tree is being built; conditions that the server cannot read yet are left out. */
export function useBuilder(root: Group): Live {
  const { locale } = useLocale();
  const late = useDebounced(root, PAUSE_MS);
  const draft = useTreeText(late).data;
  const unfinished = useMemo(() => (draft ? unfinishedIn(draft) : NOTHING), [draft]);
  const refused = useMemo(() => (draft ? refusedIn(draft) : new Map<string, PlacedFault[]>()), [draft]);
  const whole = useMemo(() => (draft ? finishedPart(draft.root, unfinished) : { ...late, children: [] }), [draft, unfinished, late]);
  const text = useTreeText(whole).data?.text;
  const tree = useMemo(() => toTree(whole), [whole]);
  const key = useMemo(() => JSON.stringify(tree), [tree]);
  const query = useCount(tree, key, draft !== undefined);
  const problem = query.error && !query.isFetching && query.error instanceof Problem && query.error.status === 422 ? asProblem(query.error) : null;
  const faults = useMemo(() => {
    if (!problem) return new Map<string, PlacedFault[]>();
    const named: Fault[] = problem.faults.map((fault) => ({ ...fault, reason_zh: fault.reason_zh ?? null, expected: fault.expected ?? null }));
    return placeFaults(whole, named);
  }, [problem, whole]);
  const counted = problem ? undefined : query.data;
  const parts = text?.parts ?? EMPTY;
  const bars = useMemo(
    () =>
      (counted?.narrowing ?? []).flatMap((step, index) => {
        const at = Number(splitPath(step.path).at(-1));
        const child = whole.children[Number.isInteger(at) ? at : index];
        const label = parts.find((part) => part.path === step.path)?.text[locale] ?? "";
        return child ? [{ id: child.id, label, left: step.count }] : [];
      }),
    [whole, counted, parts, locale],
  );
  return {
    tree, key, counted, faults, bars, unfinished, refused,
    fetching: query.isFetching,
    stale: query.data !== undefined && (late !== root || query.isPlaceholderData || query.isPaused || query.isError),
    progress: query.progress ?? null,
    failed: problem !== null,
    sentence: text?.sentence?.[locale] ?? "",
  };
}
