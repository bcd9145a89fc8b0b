/** A text of the docs with what a test must have otherwise. Fails where the text has changed so that nothing is replaced. */
export function replaced(
  source: string,
  text: string,
  changes: readonly (readonly [from: string | RegExp, to: string])[],
): string {
  return changes.reduce((changed, [from, to]) => {
    const next = changed.replace(from, () => to);
    if (next === changed) throw new Error(`What ${source} shows has no ${String(from)} any more.`);
    return next;
  }, text);
}
