import { useMemo } from "react";
import { asProblem } from "@/api";
import { useDebounced, useLocale } from "@/ui";
import { completePart, incompleteIn, placeFaults, sentence, splitPath, toTree, type Fault, type Group, type Language, type PlacedFault, type Tree } from "@/rooms/audience/tree";
import { useCount, type Counted, type CountProgress } from "./data";
import type { Bar } from "./CountPanel";

const PAUSE_MS = 350;

export interface Live {
  tree: Tree;
  key: string;
  counted: Counted | undefined;
  fetching: boolean;
  progress: CountProgress | null;
  failed: boolean;
  faults: Map<string, PlacedFault[]>;
  bars: Bar[];
  unfinished: string[];
}

/** The bars under the count: what each outer condition leaves, matched to its words by the server's paths. */
function barsOf(whole: Group, counted: Counted | undefined, language: Language, lang: "zh" | "en"): Bar[] {
  const children = whole.children;
  const steps = counted?.narrowing ?? [];
  return steps.flatMap((step, index) => {
    const at = Number(splitPath(step.path).at(-1));
    const child = children[Number.isInteger(at) ? at : index];
    return child ? [{ id: child.id, label: sentence(child, language, lang), left: step.count }] : [];
  });
}

/** Counts while the tree is being built; conditions that are not filled in yet are left out. */
export function useBuilder(root: Group, language: Language): Live {
  const { locale } = useLocale();
  const late = useDebounced(root, PAUSE_MS);
  const whole = useMemo(() => completePart(late), [late]);
  const tree = useMemo(() => toTree(whole), [whole]);
  const key = useMemo(() => JSON.stringify(tree), [tree]);
  const query = useCount(tree, key, true);
  const problem = query.error && !query.isFetching ? asProblem(query.error) : null;
  const faults = useMemo(() => {
    if (!problem) return new Map<string, PlacedFault[]>();
    const named: Fault[] = problem.faults.map((fault) => ({ ...fault, reason_zh: fault.reason_zh ?? null, expected: fault.expected ?? null }));
    return placeFaults(whole, named);
  }, [problem, whole]);
  const counted = problem ? undefined : query.data;
  const bars = useMemo(() => barsOf(whole, counted, language, locale), [whole, counted, language, locale]);
  return {
    tree, key, counted, faults, bars,
    fetching: query.isFetching,
    progress: query.progress ?? null,
    failed: problem !== null,
    unfinished: incompleteIn(root),
  };
}
