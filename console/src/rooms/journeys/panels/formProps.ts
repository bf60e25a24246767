import type { FieldFault } from "@/api";
import type { Language } from "@/rooms/audience/tree";
import type { Describer } from "../describe";
import type { Step } from "../graph";

/** What the form of every step kind is given. */
export interface FormProps {
  step: Step;
  language: Language;
  describer: Describer;
  /** Faults of one field of this step. */
  at: (field: string) => FieldFault[];
  onStep: (step: Step) => void;
}
