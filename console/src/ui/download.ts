import { csv } from "./format";

/** Hands the browser a file made here. */
export function saveBlob(name: string, blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser starts reading the address after the click returns; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The byte-order mark makes spreadsheets read Chinese as UTF-8. */
export function saveCsv(name: string, head: string[], rows: unknown[][]): void {
  saveBlob(`${name}.csv`, new Blob(["\uFEFF", csv([head, ...rows])], { type: "text/csv;charset=utf-8" }));
}
