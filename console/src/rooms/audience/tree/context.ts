import { createContext, use } from "react";
import type { Lang, Language } from "./language";
import type { PlacedFault } from "./tree";

export interface TreeScope {
  language: Language;
  lang: Lang;
  faults: Map<string, PlacedFault[]>;
  /** What each condition says, by its id, as far as the server can read it. */
  texts: ReadonlyMap<string, string>;
  readOnly: boolean;
}

export const TreeContext = createContext<TreeScope | null>(null);

/** What the fields of a condition need to know; set by TreeEditor. */
export function useTreeScope(): TreeScope {
  const scope = use(TreeContext);
  if (!scope) throw new Error("a condition outside of TreeEditor");
  return scope;
}
