/** Shapes of the imports room's answers. */

export interface Both {
  zh: string;
  en: string;
}

export interface TargetField {
  name: string;
  label: Both;
  type: string;
  required: boolean;
}

export interface ImportKind {
  kind: string;
  label: Both;
  fields: TargetField[];
}

export interface FileColumn {
  name: string;
  type: string;
  sample: (string | number | boolean | null)[];
}

/** Which column of the file feeds which field. */
export type Mapping = Record<string, unknown> & { columns: Record<string, string> };

export interface Uploaded {
  file: string;
  columns: FileColumn[];
  rows: number;
  suggested: { kind: string | null; mapping: Mapping | null };
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
  columns: string[];
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
