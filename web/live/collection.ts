/** A sorted list with one item replaced or added. The rest stays in its order: of a long list, sorting it anew would cost. */
export function withItem<Item>(
  items: readonly Item[],
  item: Item,
  key: (item: Item) => string,
  order: (a: Item, b: Item) => number,
): readonly Item[] {
  const id = key(item);
  const others = items.filter((other) => key(other) !== id);
  let [low, high] = [0, others.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(item, others[middle]!) < 0) high = middle; // below the length
    else low = middle + 1;
  }
  return others.toSpliced(low, 0, item);
}
