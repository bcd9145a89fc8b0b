import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** How a process ended, and where in its log begins what it wrote. */
export interface Ended {
  /** 0 where it was killed. */
  readonly code: number;
  /** 0 where it ended by itself. */
  readonly signal: number;
  readonly logStart: number;
}

/** How a process has ended that another one has left behind. */
export type LeftEnded = Pick<Ended, 'code' | 'signal'>;

/** What starts processes has ended itself: nobody knows what became of the ones under way. It is started anew with the next. */
export class LauncherEnded extends Error {
  override readonly name = 'LauncherEnded';

  constructor() {
    super('the program that starts sandboxes has ended');
  }
}

/** How long what it has told is read after it has ended. */
const tellingMs = 1000;
/** Nobody asks for most of them: their end was wanted. */
const mostLeft = 2_000;

interface Waiting {
  onListening(): void;
  resolve(ended: Ended): void;
  reject(error: LauncherEnded): void;
}

/**
 * Starts processes of muster-stage through one that is small: to start one directly, this process would be forked, which
 * stops it for milliseconds while tables of its memory are copied. It ends with this process, and what it started, too.
 */
export class Launcher {
  readonly #program: string;
  readonly #waiting = new Map<string, Waiting>();
  /** By pid, the oldest first. */
  readonly #left = new Map<number, LeftEnded>();
  #server: ChildProcess | undefined;
  #count = 0;

  constructor(program: string) {
    this.#program = program;
  }

  /**
   * Runs it to its end, with both outputs at the end of this log. One that takes longer than 30 seconds is killed. Of one
   * that makes a sandbox, `onListening` tells that its init can be connected to, before that begins.
   */
  run(logPath: string, args: readonly string[], onListening: () => void = () => {}): Promise<Ended> {
    const number = String((this.#count += 1));
    const texts = Buffer.from([number, logPath, ...args].map((text) => `${text}\0`).join(''));
    const length = Buffer.alloc(4);
    // In the machine's own order, and all machines that we know have this one.
    length.writeUInt32LE(texts.length);
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { onListening, resolve, reject });
      (this.#server ??= this.#open()).stdin!.write(Buffer.concat([length, texts]));
    });
  }

  #open(): ChildProcess {
    // What Ctrl-C sends is for the agent, which ends things in order.
    const detached = true;
    const server = spawn(this.#program, [String(process.pid)], { stdio: ['pipe', 'pipe', 'inherit'], detached });
    const ended = () => {
      if (this.#server !== server) return;
      this.#server = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(new LauncherEnded());
      this.#waiting.clear();
    };
    server.once('error', ended);
    server.once('close', ended);
    // One that it has left hanging in the kernel may keep its output open.
    server.once('exit', () => setTimeout(ended, tellingMs).unref());
    server.stdin.on('error', () => {}); // told by its end
    createInterface({ input: server.stdout }).on('line', (line) => this.#hear(line));
    return server;
  }

  /** How what a process of this launcher has left behind ended, once it has; pids come again, so it is told once. */
  takeEndOf(pid: number): LeftEnded | undefined {
    const end = this.#left.get(pid);
    this.#left.delete(pid);
    return end;
  }

  /** Ends it. What is still under way is killed. */
  close(): void {
    this.#server?.stdin!.end();
  }

  #hear(line: string): void {
    if (line.startsWith('left ')) return this.#hearLeft(line);
    if (line.startsWith('listening ')) return this.#waiting.get(line.slice('listening '.length))?.onListening();
    const [number = '', code, signal, logStart] = line.split(' ');
    this.#waiting.get(number)?.resolve({ code: Number(code), signal: Number(signal), logStart: Number(logStart) });
    this.#waiting.delete(number);
  }

  #hearLeft(line: string): void {
    const [, pid, code, signal] = line.split(' ').map(Number);
    this.#left.delete(pid!); // the line has them all
    this.#left.set(pid!, { code: code!, signal: signal! });
    if (this.#left.size > mostLeft) this.#left.delete(this.#left.keys().next().value!); // there is a first one
  }
}
