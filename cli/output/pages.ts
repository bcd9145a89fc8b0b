/** Reads all pages of a list, up to a limit that no terminal shows anyway. */
export async function allPages<Item>(
  page: (pageToken: string) => Promise<{ readonly items: readonly Item[]; readonly nextPageToken: string }>,
): Promise<Item[]> {
  const items: Item[] = [];
  let pageToken = '';
  do {
    const next = await page(pageToken);
    items.push(...next.items);
    pageToken = next.nextPageToken;
  } while (pageToken !== '' && items.length < 10_000);
  return items;
}
