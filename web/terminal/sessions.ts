import type { Process } from '#proto/muster/v1/process_pb.js';
import { isRunning } from '../processes/words.ts';

/** Processes that one can come back to on a terminal, oldest first; of those that ended only the one that is looked at. */
export const terminalSessions = (processes: readonly Process[], shownId: string | undefined): readonly Process[] =>
  processes.filter((process) => isSession(process) && (isRunning(process) || process.id === shownId)).toReversed();

export const isSession = ({ detached, terminal }: Process): boolean => detached && terminal !== undefined;

/** A name that no other session has: `terminal-2`. */
export function freshName(processes: readonly Process[]): string {
  const taken = new Set(processes.filter(isRunning).map(({ name }) => name));
  let number = 1;
  while (taken.has(`terminal-${number}`)) number += 1;
  return `terminal-${number}`;
}
