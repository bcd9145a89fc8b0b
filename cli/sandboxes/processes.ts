import { ListProcessesResponseSchema, ProcessState, type Process } from '#proto/muster/v1/process_pb.js';
import { printJson } from '../output/json.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayWhen } from '../output/time.ts';
import type { Session, SessionOptions } from '../session/session.ts';

/** Options of `muster sandboxes ps`. */
export interface PsOptions extends SessionOptions {
  readonly all?: boolean;
}

/** Options of `muster sandboxes kill`. */
export interface KillOptions extends SessionOptions {
  readonly signal: string;
}

const columns: readonly Column<Process>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'PID', cell: ({ pid }) => String(pid), right: true },
  { heading: 'STATE', cell: sayState },
  { heading: 'KIND', cell: ({ detached, terminal }) => (terminal ? 'terminal' : detached ? 'detached' : 'run') },
  { heading: 'STARTED', cell: ({ startedAt }) => sayWhen(startedAt) },
  { heading: 'NAME', cell: ({ name }) => name },
  {
    heading: 'COMMAND',
    cell: ({ argv }) =>
      argv
        .join(' ')
        .replaceAll(/[^\x20-\x7e\u00a0-\uffff]/g, '?')
        .slice(0, 80) || '(login shell)',
  },
];

function sayState({ state, exit }: Process): string {
  if (state !== ProcessState.ENDED) return 'running';
  return exit?.signal ? exit.signal : `exit ${exit?.code ?? 0}`;
}

/** Prints the processes that were started from outside. */
export async function listProcesses(session: Session, sandboxId: string, { all = false }: PsOptions): Promise<void> {
  const answer = await session.processes.listProcesses({ sandboxId, includeEnded: all });
  if (session.json) return printJson(session.stdout, ListProcessesResponseSchema, answer);
  printTable(session.stdout, answer.processes, columns, 'Nothing that was started from outside runs in this sandbox.');
}

/** Sends a signal, by its name with or without SIG. */
export async function killProcess(
  session: Session,
  sandboxId: string,
  processIds: readonly string[],
  { signal }: KillOptions,
): Promise<void> {
  const name = signal.toUpperCase();
  for (const processId of processIds)
    await session.processes.sendSignal({ sandboxId, processId, signal: name.startsWith('SIG') ? name : `SIG${name}` });
}
