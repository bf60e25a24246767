import type { ReactNode } from "react";

/** What the list of every page is given. */
export interface Column<Row> {
  key: string;
  title: string;
  /** What is shown; `text` alone is enough for plain values. */
  render?: (row: Row) => ReactNode;
  /** The plain value: shown when there is no `render`, and written into the CSV. */
  text?: (row: Row) => string | number | null | undefined;
  align?: "start" | "end" | "center";
  width?: number | string;
  /** The server's sort key; the header becomes a button. */
  sort?: string;
  /** Not shown until picked. */
  hidden?: boolean;
  /** On a phone: the card's head, a line of it, or nothing. The first column is the head by default. */
  card?: "head" | "line" | "none";
}

export interface DataTableProps<Row> {
  /** Under this key the browser remembers the columns. */
  id: string;
  /** Names the table for those who cannot see it, and the exported file. */
  label: string;
  columns: Column<Row>[];
  rows: Row[] | undefined;
  rowKey: (row: Row) => string;
  loading?: boolean;
  error?: unknown;
  onRetry?: () => void;
  empty?: ReactNode;
  /** A search the server does; without it the rows at hand are searched by their plain values. */
  search?: { value: string; onChange: (value: string) => void; placeholder?: string };
  filters?: ReactNode;
  tools?: ReactNode;
  /** Given: a row leads to this address. */
  href?: (row: Row) => string;
  picked?: { keys: string[]; onChange: (keys: string[]) => void; actions: ReactNode };
  sort?: { key: string; descending: boolean; onChange: (key: string, descending: boolean) => void };
  total?: number;
  more?: { has: boolean; loading: boolean; onMore: () => void };
  /** All rows for the CSV; without it the rows at hand are written. `false` leaves the button out. */
  exportRows?: (() => Promise<Row[]>) | false;
  /** The server writes the CSV: an address to download, in place of `exportRows`. */
  exportHref?: string;
  /** Leaves out the bar with search, columns and export. */
  bare?: boolean;
}
