import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** A program about the machine's network failed; the message is what it said. */
export class NetworkFailed extends Error {
  override readonly name = 'NetworkFailed';
}

const timeLimitMs = 10_000;

/** The kernel's network, by the programs that speak with it, in this process's network namespace or another one. */
export class KernelNetwork {
  readonly #enter: readonly string[];

  /** `namespace` is the file of another network namespace. */
  constructor(namespace?: string) {
    this.#enter = namespace === undefined ? [] : ['nsenter', `--net=${namespace}`];
  }

  /** The network of a process. */
  static of(pid: number): KernelNetwork {
    return new KernelNetwork(`/proc/${pid}/ns/net`);
  }

  /** Changes rules: all of the script, or nothing of it. */
  async nft(script: string): Promise<void> {
    await this.run(['nft', '-f', '-'], `${script}\n`);
  }

  /** Does one line after the other. */
  async ip(lines: readonly string[]): Promise<void> {
    await this.run(['ip', '-batch', '-'], `${lines.join('\n')}\n`);
  }

  /** Runs a program; answers what it wrote. Throws `NetworkFailed`. */
  async run(command: readonly string[], input = ''): Promise<string> {
    const [program, ...args] = [...this.#enter, ...command];
    const child = spawn(program!, args, { stdio: 'pipe', timeout: timeLimitMs, killSignal: 'SIGKILL' });
    child.stdin.on('error', () => undefined); // its exit says why
    child.stdin.end(input);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    ended.catch(() => undefined);
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const code = await ended.catch((error: unknown) => {
      throw new NetworkFailed(`${command[0]!} cannot be started`, { cause: error });
    });
    if (code !== 0)
      throw new NetworkFailed(
        `${command[0]!}: ${complaint.trim().split('\n')[0] || `ended with ${code ?? 'a signal'}`}`,
      );
    return output;
  }
}
