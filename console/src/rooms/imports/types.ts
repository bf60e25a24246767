/** Shapes of the imports room's answers. */

export interface Target {
  name: string;
  zh: string;
  en: string;
  type: string;
  required: boolean;
}

export interface ImportKind {
  kind: string;
  fact: string | null;
  zh: string;
  en: string;
  targets: Target[];
}

export interface FileColumn {
  name: string;
  type: string;
  sample: (string | number | boolean | null)[];
}

/** How one target is filled, when a column's name alone does not say it. */
export interface ColumnSpec {
  column?: string | null;
  constant?: string | null;
  format?: string | null;
  unit?: "yuan" | "fen";
  decimal?: "." | ",";
  identity?: string | null;
}

export interface Rules {
  refund?: { prefix?: string | null; column?: string | null; values?: string[] } | null;
  duplicates?: "keep" | "drop";
  unknown_members?: "create" | "refuse";
  incomplete?: "refuse" | "keep";
}

export interface AttributeSpec {
  label: string;
  type: string;
}

export interface Mapping {
  kind: string;
  fact?: string | null;
  source?: string;
  zone?: string;
  columns: Record<string, string | ColumnSpec>;
  attributes?: Record<string, AttributeSpec>;
  rules?: Rules;
}

export interface Uploaded {
  file: string;
  name?: string;
  columns: FileColumn[];
  rows: number;
  suggested: { kind: string; mapping: Mapping };
}

export interface RowFault {
  row: number;
  column: string;
  value: string | null;
  reason: string;
  reason_zh: string;
}

export interface Preview {
  rows: { row: number; values: Record<string, unknown> }[];
  faults: RowFault[];
}

export interface ImportRun {
  id: number;
  kind: string;
  file_name: string;
  state: string;
  rows_total: number | null;
  rows_done: number;
  rows_refused: number;
  rows_duplicate: number;
  result: Record<string, unknown>;
  trouble: string | null;
  started_by: string;
  created_at: string;
  changed_at: string;
}
