import { createContext, use } from "react";
import type { FieldFault } from "@/api";
import type { JourneyCounts } from "../data";
import type { Graph, Place } from "../graph";
import type { Describer } from "../describe";

/** What is lit while a dry run plays. */
export interface Lit {
  now: string | null;
  seen: Set<string>;
}

export interface CanvasScope {
  graph: Graph;
  describer: Describer;
  counts: JourneyCounts | undefined;
  faults: Map<string, FieldFault[]>;
  numbers: Map<string, number>;
  editable: boolean;
  selected: string | null;
  lit: Lit | null;
  onSelect: (id: string) => void;
  onInsert: (place: Place, kind: string) => void;
  onPeople: ((node: string) => void) | null;
}

export const CanvasContext = createContext<CanvasScope | null>(null);

export function useCanvas(): CanvasScope {
  const scope = use(CanvasContext);
  if (!scope) throw new Error("a step outside of the canvas");
  return scope;
}
