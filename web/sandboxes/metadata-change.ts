type Metadata = Readonly<Record<string, string>>;

/** What of a sandbox's metadata people may change: the rest is the server's. */
export const ownPairs = (metadata: Metadata): Metadata =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('access.')));

/** What turns one into the other; undefined where they are the same. */
export function metadataChange(before: Metadata, after: Metadata) {
  const set = Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value));
  const remove = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return Object.keys(set).length + remove.length === 0 ? undefined : { set, remove };
}
