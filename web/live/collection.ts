/** A sorted list with one item replaced or added. */
export function withItem<Item>(
  items: readonly Item[],
  item: Item,
  key: (item: Item) => string,
  order: (a: Item, b: Item) => number,
): readonly Item[] {
  const id = key(item);
  return [...items.filter((other) => key(other) !== id), item].sort(order);
}
