import type { FieldFault } from "@/api";

/** Of the faults of a document those at, or inside, a place under `root`: `faultsIn(faults, "trigger")("where[0]")`. */
export function faultsIn(faults: readonly FieldFault[], root: string): (path: string) => FieldFault[] {
  return (path) => {
    const place = `${root}.${path}`;
    return faults.filter((fault) => fault.path === place || fault.path.startsWith(`${place}.`) || fault.path.startsWith(`${place}[`));
  };
}
