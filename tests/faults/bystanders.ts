import { randomUUID } from 'node:crypto';
import { ObservedState } from '#proto/muster/v1/sandbox_pb.js';
import { run } from '../support/run.ts';
import type { Acknowledged } from './acknowledged.ts';
import type { Installation } from './installation.ts';
import { expectMark, healed, limits, write } from './work.ts';

/** Sandboxes that nobody touches while everything around them breaks, each with a mark and a process that goes on. */
export class Bystanders {
  readonly #installation: Installation;
  readonly #marks = new Map<string, string>();

  private constructor(installation: Installation) {
    this.#installation = installation;
  }

  static async start(installation: Installation, count: number, acknowledged: Acknowledged): Promise<Bystanders> {
    const bystanders = new Bystanders(installation);
    const { direct } = installation;
    for (let number = 1; number <= count; number += 1) {
      const mark = randomUUID();
      const { sandbox } = await healed(() => direct.sandboxes.createSandbox({ requestId: mark, limits }));
      const sandboxId = sandbox!.id;
      if (sandbox!.observed !== ObservedState.RUNNING)
        throw new Error(`${sandboxId} did not start: ${sandbox!.reason}`);
      await write(direct, sandboxId, mark);
      const line = 'nohup sleep 86400 > /dev/null 2>&1 & echo $! > /dev/shm/pid';
      await run(direct, { sandboxId, argv: ['sh', '-c', line] });
      acknowledged.told(sandboxId, 'running', mark);
      bystanders.#marks.set(sandboxId, mark);
    }
    return bystanders;
  }

  has(sandboxId: string): boolean {
    return this.#marks.has(sandboxId);
  }

  /** Nothing has happened to them. */
  async expectUntouched(): Promise<void> {
    const { direct } = this.#installation;
    for (const [sandboxId, mark] of this.#marks) {
      await expectMark(direct, sandboxId, mark);
      const { code } = await healed(() =>
        run(direct, { sandboxId, argv: ['sh', '-c', 'kill -0 "$(cat /dev/shm/pid)"'] }),
      );
      if (code !== 0) throw new Error(`${sandboxId}: its process does not run any more`);
    }
  }
}
