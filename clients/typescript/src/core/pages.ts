/** All items of a list that the daemon gives in pages. */
export const pagesOf = async <Page extends { readonly nextCursor?: string }, Item>(
  read: (cursor: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(cursor);
    items.push(...itemsOf(page));
    if (page.nextCursor === undefined) return items;
    cursor = page.nextCursor;
  }
};
