import type { ReactNode } from "react";
import { useId } from "react";
import type { FieldFault } from "@/api";
import { useT } from "./i18n";
import { useProblem } from "./problems";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  required?: boolean;
  faults?: FieldFault[];
  children: (id: string) => ReactNode;
}

/** A labelled control outside of a form, with what the server found wrong under it. */
export function Field({ label, hint, required = false, faults = [], children }: FieldProps) {
  const id = useId();
  const t = useT();
  const problems = useProblem();
  return (
    <div className="field">
      <label htmlFor={id}>{label}{required ? <span className="field-required" title={t("required")} aria-label={t("required")}> *</span> : null}</label>
      {children(id)}
      {hint ? <div className="field-hint">{hint}</div> : null}
      {faults.map((fault) => <div key={`${fault.path}${fault.reason}`} className="field-fault" role="alert">{problems.fault(fault)}</div>)}
    </div>
  );
}
