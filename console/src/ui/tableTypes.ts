import type { ReactNode } from "react";
import type { TimeStyle } from "./format";

/** What the list of every page is given. */
export interface Column<Row> {
  key: string;
  title: string;
  /** What is shown; `text` alone is enough for plain values. */
  render?: (row: Row) => ReactNode;
  /** The plain value: shown when there is no `render`, searched, and written into the CSV. */
  text?: (row: Row) => string | number | null | undefined;
  /** In place of `text`, a moment (ISO): shown, searched and written in the brand's zone. */
  moment?: (row: Row) => string | null | undefined;
  /** How exactly a moment is shown and written; minutes unless it says otherwise. */
  momentStyle?: TimeStyle;
  /** In place of `text`, an amount in fen: shown and written exactly. */
  fen?: (row: Row) => number | null | undefined;
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
  /** `everything` offers all that the filters match, also what is not loaded; `on` says that they are chosen. */
  picked?: { keys: string[]; onChange: (keys: string[]) => void; actions: ReactNode; everything?: { on: boolean; onChange: (on: boolean) => void } };
  sort?: { key: string; descending: boolean; onChange: (key: string, descending: boolean) => void };
  total?: number;
  /** Lists that come in pages: `every` gives all rows for the CSV. Without it there is none: a CSV never holds fewer than the list. */
  more?: { has: boolean; loading: boolean; onMore: () => void; every?: () => Promise<Row[]> };
  /** `false` leaves the CSV out. */
  exportRows?: false;
  /** The server writes the CSV: an address to download, in place of `exportRows`. */
  exportHref?: string;
  /** Leaves out the bar with search, columns and export. */
  bare?: boolean;
}
