import type { ProcessView } from '../processes/index.ts';

/** What goes on in a sandbox that runs. */
export interface SandboxWork {
  readonly sandboxId: string;
  readonly attempt: number;
  /** Processes of callers, without shells that wait at their prompt. */
  readonly processes: number;
  /** How long no sign of work was seen, while it was watched. */
  readonly quietForMs: number;
}

/** The user's own shell on a terminal: waits for people, and is no work while it does. */
const isShell = ({ terminal, argv }: ProcessView): boolean => terminal !== undefined && argv.length === 0;

/** How many processes are meant to go on. `pids` are all of the sandbox, its init with them. */
export function countWork(running: readonly ProcessView[], pids: number): number {
  const shells = running.filter(isShell).length;
  // A shell that does something has others beside it.
  const isBusy = pids > 1 + running.length;
  return running.length - (isBusy ? 0 : shells);
}

/** Another text whenever a process begins, ends, writes or reads. */
export const markOf = (running: readonly ProcessView[]): string =>
  running.map(({ id, outputOffset, inputOffset }) => `${id} ${outputOffset} ${inputOffset}`).join('\n');
