import { randomUUID } from 'node:crypto';

/** What changed when, in the order of changes: enough to say what has changed since a moment. */
export interface Revisions {
  /** These have changed now. */
  add(ids: readonly string[]): void;
  /** What has changed up to now is not known any more. */
  forget(): void;
  /** Names this moment. */
  mark(): string;
  /** What has changed since; undefined for a moment of another time or process. */
  since(mark: string): readonly string[] | undefined;
}

/** Of so many ids it is known when they changed last; hosts that are gone are among them. */
const mostIds = 100_000;

export function openRevisions(most = mostIds): Revisions {
  const name = randomUUID();
  const changed = new Map<string, number>();
  let revision = 0;
  let oldest = 0;
  const forget = () => {
    changed.clear();
    revision += 1;
    oldest = revision;
  };
  return {
    add(ids) {
      if (ids.length === 0) return;
      revision += 1;
      for (const id of ids) changed.set(id, revision);
      if (changed.size > most) forget();
    },
    forget,
    mark: () => `${name}.${revision}`,
    since(mark) {
      const [from, number = ''] = mark.split('.');
      const at = Number(number);
      if (from !== name || number === '' || !Number.isInteger(at) || at < oldest || at > revision) return undefined;
      return [...changed].flatMap(([id, last]) => (last > at ? [id] : []));
    },
  };
}
