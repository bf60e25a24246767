import { time, yuan } from "./format";
import type { Column } from "./tableTypes";

/** What a cell says as plain text: what the CSV holds and what a search looks through. */
export function plainText<Row>(column: Column<Row>, row: Row, zone: string): string | number {
  const moment = column.moment?.(row);
  if (moment) return time(moment, zone, column.momentStyle ?? "minute");
  const fen = column.fen?.(row);
  if (typeof fen === "number") return yuan(fen);
  return column.text?.(row) ?? "";
}

/** What a cell is sorted by. */
function rank<Row>(column: Column<Row>, row: Row): string | number {
  return column.fen?.(row) ?? column.moment?.(row) ?? column.text?.(row) ?? "";
}

export const isPlain = <Row,>(column: Column<Row>): boolean => Boolean(column.text ?? column.moment ?? column.fen);

/** Orders rows by a column: figures by size, texts as the language sorts them, what is missing first. */
export function compareBy<Row>(column: Column<Row>): (a: Row, b: Row) => number {
  return (a, b) => {
    const [left, right] = [rank(column, a), rank(column, b)];
    if (typeof left === "number" && typeof right === "number") return left - right;
    if (typeof left !== typeof right) return typeof left === "number" ? 1 : -1;
    return String(left).localeCompare(String(right), "zh-Hans-CN");
  };
}

/** Rows of which some plain value contains the text. */
export function matching<Row>(rows: Row[] | undefined, columns: Column<Row>[], text: string, zone: string): Row[] | undefined {
  const needle = text.trim().toLowerCase();
  if (!needle) return rows;
  return rows?.filter((row) => columns.some((column) => String(plainText(column, row, zone)).toLowerCase().includes(needle)));
}
