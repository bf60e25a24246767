import { createContext, use } from "react";
import type { Lang, Language } from "./language";
import type { PlacedFault } from "./tree";

export interface TreeScope {
  language: Language;
  lang: Lang;
  faults: Map<string, PlacedFault[]>;
  readOnly: boolean;
}

export const TreeContext = createContext<TreeScope | null>(null);

/** What the fields of a condition need to know; set by TreeEditor. */
export function useTreeScope(): TreeScope {
  const scope = use(TreeContext);
  if (!scope) throw new Error("a condition outside of TreeEditor");
  return scope;
}
