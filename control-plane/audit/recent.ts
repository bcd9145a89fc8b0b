import type { Sql } from '../database/index.ts';
import type { AuditEvent, AuditFilter } from './event.ts';
import { listEvents } from './read-store.ts';

const everything: AuditFilter = {
  actor: '',
  actionPrefix: '',
  target: '',
  teamId: undefined,
  outcomes: [],
  sinceMicros: undefined,
  untilMicros: undefined,
};

/** The newest rows that an actor made or that are about a thing, newest first. */
export async function recentEvents(
  sql: Sql,
  { actor, target, limit }: { actor: string; target: string; limit: number },
): Promise<AuditEvent[]> {
  const [by, about] = await Promise.all([
    listEvents(sql, { ...everything, actor }, undefined, limit),
    listEvents(sql, { ...everything, target }, undefined, limit),
  ]);
  const known = new Set(by.map(({ id }) => id));
  return [...by, ...about.filter(({ id }) => !known.has(id))]
    .sort((one, other) => Number(BigInt(other.id) - BigInt(one.id)))
    .slice(0, limit);
}
