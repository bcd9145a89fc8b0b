import { durationMs } from '@bufbuild/protobuf/wkt';
import { sayDuration } from '../../output/time.ts';
import type { RunExit } from '#proto/muster/v1/process_pb.js';
import { withoutDeadline, type Session } from '../../session/session.ts';
import { write } from '../../surroundings.ts';
import { isLost, Patience } from './retry.ts';

/** What to read, and from where on. */
export interface FollowTarget {
  readonly sandboxId: string;
  readonly processId: string;
  /** The oldest that is kept where undefined. */
  readonly offset: bigint | undefined;
}

/** Who is told of what happens on the way. */
export interface FollowNotes {
  onLost(): void;
  onBack(): void;
}

/** Passes on what a process writes until it ends, however often the connection breaks in between. */
export async function follow(
  session: Session,
  target: FollowTarget,
  signal: AbortSignal,
  notes: FollowNotes,
): Promise<RunExit> {
  const patience = new Patience();
  let { offset } = target;
  let isBroken = false;
  let exit: RunExit | undefined;
  for (;;) {
    try {
      const { sandboxId, processId } = target;
      const request = { sandboxId, processId, offset, hold: true };
      for await (const { event } of session.processes.attachProcess(request, { ...withoutDeadline, signal })) {
        if (isBroken) notes.onBack();
        isBroken = false;
        patience.reset();
        if (event.case === 'exit') exit = event.value;
        if (event.case === 'gap') {
          session.stderr.write(`\r\n[${event.value.to - event.value.from} bytes were lost here]\r\n`);
          offset = event.value.to;
        }
        if (event.case !== 'output') continue;
        const { data } = event.value;
        if (data.case === undefined) continue;
        await write(data.case === 'stderr' ? session.stderr : session.stdout, data.value);
        offset = event.value.offset + BigInt(data.value.length);
      }
    } catch (error) {
      if (exit) return exit;
      signal.throwIfAborted();
      if (!isLost(error)) throw error;
    }
    if (exit) return exit;
    if (!isBroken) notes.onLost();
    isBroken = true;
    await patience.wait(signal);
  }
}

/** Says what ended a process where its exit code does not; answers the code. */
export function sayEnd(session: Session, { code, timedOut, signal, duration, reason }: RunExit): number {
  if (timedOut) {
    const after = duration ? ` after ${sayDuration(durationMs(duration) / 1000)}` : '';
    session.stderr.write(`The command was ended by its timeout${after}.\n`);
  } else if (reason) {
    session.stderr.write(`${reason}\n`);
  } else if (signal && session.stderr.isTTY) {
    session.stderr.write(`The command was ended by ${signal}.\n`);
  }
  return code;
}
