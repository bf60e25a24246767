interface PageOf<Row> {
  items: Row[];
  next?: string | null;
}

/** Rows on one page when a whole list is fetched. */
export const FULL_PAGE = 200;

/** All rows of a list that comes in pages, one page after the other. */
export async function everyRow<Row>(ask: (cursor: string | undefined, limit: number) => Promise<PageOf<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor, FULL_PAGE);
    rows.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return rows;
}
