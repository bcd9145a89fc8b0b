import { eventually } from '../support/eventually.ts';
import type { Acknowledged } from './acknowledged.ts';
import type { Installation } from './installation.ts';
import { volumesInUse } from './volumes.ts';
import { limits } from './work.ts';

interface Row {
  readonly id: string;
  readonly attempt: number;
  readonly hostId: string;
  readonly wanted: string;
  readonly observed: string;
  readonly reason: string;
}

interface Promised {
  readonly cpuMillis: number;
  readonly memoryMib: number;
  readonly diskMib: number;
}

const nothing: Promised = { cpuMillis: 0, memoryMib: 0, diskMib: 0 };
const over = new Set(['destroyed', 'failed']);
/** What has processes on its host. */
const hasProcesses = new Set(['running', 'paused']);

/**
 * Waits until nothing contradicts: every sandbox is what is wanted of it, on the one host that the database names; no
 * host runs or keeps anything else; what is promised is what is there; every call that was answered has had its effect.
 * Fails with the contradiction that stays.
 */
export async function expectConverged(installation: Installation, acknowledged: Acknowledged): Promise<void> {
  await eventually(
    'everything has converged',
    async () => {
      const found = await contradiction(installation, acknowledged);
      if (found !== undefined) throw new Error(found);
      return true;
    },
    90_000,
  );
}

async function contradiction(
  { database: { sql }, agents }: Installation,
  acknowledged: Acknowledged,
): Promise<string | undefined> {
  const rows = await sql<Row[]>`select id, attempt, host_id as "hostId", wanted, observed, reason from sandboxes`;
  const byId = new Map(rows.map((row) => [row.id, row]));
  const living = rows.filter(({ observed }) => !over.has(observed));
  for (const { id, wanted, observed } of living)
    if (wanted !== observed) return `${id} is ${observed}, and wanted ${wanted}`;
  for (const agent of agents) {
    const here = living.filter(({ hostId }) => hostId === agent.id);
    const active = here.filter(({ observed }) => hasProcesses.has(observed));
    const running = difference(agent.running, active.map(named));
    if (running) return `${agent.name} ${running}`;
    const kept = difference(agent.kept, here.map(named));
    if (kept) return `on the disk of ${agent.name} ${kept}`;
    const groups = difference(agent.groups, active.map(named));
    if (groups) return `among the control groups of ${agent.name} ${groups}`;
    const [promised] = await sql<Promised[]>`
      select cpu_millis::int as "cpuMillis", memory_mib::int as "memoryMib", disk_mib::int as "diskMib"
      from promised_capacity where host_id = ${agent.id}
    `;
    const due = {
      cpuMillis: active.length * limits.cpu * 1000,
      memoryMib: active.length * limits.memoryMib,
      diskMib: here.length * limits.diskMib,
    };
    if (JSON.stringify(promised ?? nothing) !== JSON.stringify(due))
      return `${JSON.stringify(promised)} is promised on ${agent.name}, and ${JSON.stringify(due)} is due`;
  }
  const active = living
    .filter(({ observed }) => hasProcesses.has(observed))
    .map(({ id, attempt }) => `${id}-${attempt}`);
  const ours = volumesInUse().filter((name) => byId.has(name.slice(0, name.lastIndexOf('-'))));
  const volumes = difference(ours, active);
  if (volumes) return `among the volumes in use the machine ${volumes}`;
  for (const [id, { told }] of acknowledged.living) {
    const row = byId.get(id);
    if (row?.observed !== told) return `${id} was told to be ${told}, and is ${row?.observed}: ${row?.reason}`;
  }
  for (const { id } of living) if (!acknowledged.living.has(id)) return `${id} lives, and nobody was told of it`;
  for (const id of acknowledged.gone)
    if (byId.get(id)?.observed !== 'destroyed') return `${id} was destroyed, and is ${byId.get(id)?.observed}`;
  for (const id of acknowledged.failures)
    if (byId.get(id)?.observed !== 'failed') return `${id} could not be started, and is ${byId.get(id)?.observed}`;
  const [unknown] = await sql<{ id: string }[]>`select sandbox_id as id from unknown_sandboxes`;
  return unknown && `${unknown.id} counts as unknown`;
}

/** As its host calls it. */
const named = ({ id, attempt }: Row): string => `${id}-${attempt}`;

/** What is there and should not be, or the other way round. */
function difference(there: readonly string[], expected: readonly string[]): string | undefined {
  const surplus = there.find((name) => !expected.includes(name));
  if (surplus) return `has ${surplus}, which should not be there`;
  const missing = expected.find((name) => !there.includes(name));
  return missing && `lacks ${missing}`;
}

/** Waits until the audit is whole: every row has its seal, and no seal contradicts another one. */
export async function expectAuditWhole({ direct }: Installation): Promise<void> {
  await eventually('all rows of the audit are sealed and hold', async () => {
    for await (const { event } of direct.audit.verifyAudit({})) {
      if (event.case === 'finding') throw new Error(event.value.sentence);
      if (event.case === 'result') return event.value.intact && event.value.waiting === 0n;
    }
    throw new Error('the verification ended without a result');
  });
}
