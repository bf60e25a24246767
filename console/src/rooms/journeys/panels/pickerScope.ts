import { createContext, use } from "react";
import type { Language } from "@/rooms/audience/tree";
import type { Template } from "@/rooms/content/data";

/** What the pickers of a journey's settings choose from. */
export interface PickerScope {
  language: Language;
  templates: Template[];
}

export const PickerContext = createContext<PickerScope | null>(null);

/** Set by the journey's editor. */
export function usePickerScope(): PickerScope {
  const scope = use(PickerContext);
  if (!scope) throw new Error("a picker outside of the journey's editor");
  return scope;
}
