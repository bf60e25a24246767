import { useMemo } from "react";
import { useLocalized } from "@/ui";
import { fromTree, type Tree } from "./tree";
import { useTreeText } from "./useTreeText";

/** Conditions as one sentence. */
export function TreeSentence({ tree }: { tree: Tree | null }) {
  const localized = useLocalized();
  const root = useMemo(() => fromTree(tree), [tree]);
  return <>{localized(useTreeText(root).data?.text.sentence)}</>;
}
