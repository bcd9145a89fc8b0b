import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { eventually } from '../support/eventually.ts';
import type { Installation } from './installation.ts';

/** What callers were told, to be held against what is. */
export class Acknowledged {
  readonly #created = new Set<string>();
  readonly #destroyed = new Set<string>();

  created(id: string): void {
    this.#created.add(id);
  }

  destroyed(id: string): void {
    this.#destroyed.add(id);
  }

  /** Sandboxes that must be there, and those that must not. */
  get expected(): { readonly present: readonly string[]; readonly gone: readonly string[] } {
    return { present: [...this.#created].filter((id) => !this.#destroyed.has(id)), gone: [...this.#destroyed] };
  }
}

interface Row {
  readonly id: string;
  readonly hostId: string;
  readonly wanted: string;
  readonly observed: string;
}

const over = new Set(['destroyed', 'failed']);
const stateNames: Readonly<Record<number, string>> = {
  [ObservedState.RUNNING]: 'running',
  [ObservedState.PAUSED]: 'paused',
  [ObservedState.STOPPED]: 'stopped',
};

/**
 * Waits until nothing contradicts: every sandbox is what is wanted of it, on the one host that the database names; no
 * host runs anything else; what is promised is what runs; every call that was answered has had its effect. Fails with the
 * first contradiction that stays.
 */
export async function expectConverged(installation: Installation, acknowledged: Acknowledged): Promise<void> {
  let last = '';
  await eventually('everything has converged', async () => {
    last = await contradiction(installation, acknowledged.expected);
    if (last !== '') throw new Error(last);
    return true;
  });
}

async function contradiction(
  { sql, hosts }: Installation,
  { present, gone }: Acknowledged['expected'],
): Promise<string> {
  const rows = await sql<Row[]>`select id, host_id as "hostId", wanted, observed from sandboxes`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, wanted, observed } of rows)
    if (!over.has(observed) && wanted !== observed) return `${id} is ${observed}, and wanted ${wanted}`;
  const onHosts = hosts.flatMap((host) => host.sandboxes.map((sandbox) => ({ ...sandbox, hostId: host.id })));
  for (const { sandboxId, hostId, state } of onHosts) {
    const row = byId.get(sandboxId);
    if (!row || over.has(row.observed)) return `${hostId} has ${sandboxId}, which should not be`;
    if (row.hostId !== hostId) return `${hostId} has ${sandboxId}, which is on ${row.hostId}`;
    if (stateNames[state] !== row.observed)
      return `${sandboxId} is ${row.observed}, and ${stateNames[state]} on its host`;
  }
  const living = rows.filter(({ observed }) => !over.has(observed));
  if (living.length !== onHosts.length) return `${living.length} sandboxes should live, and ${onHosts.length} do`;
  for (const id of present) if (byId.get(id)?.observed !== 'running') return `${id} was created, and is not running`;
  for (const id of gone) if (byId.get(id)?.observed !== 'destroyed') return `${id} was destroyed, and is not gone`;
  const promised = await sql<{ hostId: string; sandboxes: number }[]>`
    select host_id as "hostId", sandboxes::int as sandboxes from promised_capacity
  `;
  for (const { hostId, sandboxes } of promised) {
    const there = onHosts.filter((one) => one.hostId === hostId).length;
    if (there !== sandboxes) return `${sandboxes} sandboxes are promised room on ${hostId}, and ${there} are there`;
  }
  return '';
}
