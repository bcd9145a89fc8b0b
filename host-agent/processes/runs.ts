import type { ProcessStream } from '../init/index.ts';
import type { ProcessView } from './types.ts';

/** A command that ends with its caller. */
export interface RunningCommand {
  readonly id: string;
  readonly pid: number;
  readonly argv: readonly string[];
  readonly user: string;
  readonly cwd: string;
  readonly startedAt: Date;
  readonly stream: ProcessStream;
}

/** The commands of one sandbox whose callers are waiting for them. */
export class RunningCommands {
  readonly #running = new Map<string, RunningCommand>();

  add(command: RunningCommand): void {
    this.#running.set(command.id, command);
  }

  remove(id: string): void {
    this.#running.delete(id);
  }

  find(id: string): RunningCommand | undefined {
    return this.#running.get(id);
  }

  views(): ProcessView[] {
    return [...this.#running.values()].map(({ id, pid, argv, user, cwd, startedAt, stream }) => ({
      id,
      pid,
      argv,
      name: '',
      user,
      cwd,
      terminal: undefined,
      detached: false,
      startedAt,
      exit: undefined,
      outputOffset: 0,
      oldestOffset: 0,
      keptBytes: 0,
      inputOffset: stream.input.taken,
      inputOpen: stream.input.isOpen,
    }));
  }
}
