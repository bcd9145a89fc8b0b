import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Acknowledged, expectConverged } from './converged.ts';
import { startInstallation, type Installation } from './installation.ts';
import { startWork } from './work.ts';

let installation: Installation;
beforeAll(async () => void (installation = await startInstallation({ replicas: 2, hosts: 4 })), 180_000);
afterAll(() => installation?.stop(), 60_000);
beforeEach(
  () => eventually('every host is connected', () => installation.hosts.every((host) => host.connected)),
  60_000,
);

const limitMs = 180_000;

/** Work goes on while something breaks; afterwards everything has to be as it was answered. */
async function underLoad(fault: () => Promise<unknown>): Promise<void> {
  const acknowledged = new Acknowledged();
  const work = startWork(installation.clients, 4, acknowledged);
  await eventually('the work has begun', () => work.lives >= 4);
  await fault();
  const before = work.lives;
  await eventually('the work goes on', () => work.lives >= before + 8, 90_000);
  await work.end();
  await expectConverged(installation, acknowledged);
}

test(
  'one replica is replaced in order and the other one killed, and no call fails but with what a repetition heals',
  async () => {
    await underLoad(async () => {
      await installation.replaceReplica(0, 'SIGTERM');
      await eventually('every host is connected', () => installation.hosts.every((host) => host.connected));
      await installation.replaceReplica(1, 'SIGKILL');
    });
  },
  limitMs,
);

test(
  'a replica stands still for a while, as a machine that is suspended, and goes on',
  async () => {
    await underLoad(async () => {
      const [, still] = installation.replicas;
      still!.signal('SIGSTOP');
      try {
        // Longer than hosts may be silent: whoever was connected to it is taken over by the other one, or comes back.
        await delay(5_000);
      } finally {
        still!.signal('SIGCONT');
      }
      await eventually('every host is connected', () => installation.hosts.every((host) => host.connected));
    });
  },
  limitMs,
);

test(
  'PostgreSQL is restarted under everybody',
  async () => {
    await underLoad(() => installation.restartDatabase());
  },
  limitMs,
);

test(
  'every connection is cut, and then the network swallows all for a while',
  async () => {
    await underLoad(async () => {
      installation.door.cut();
      await delay(200);
      installation.door.swallow();
      await delay(1_500);
      installation.door.passAgain();
    });
  },
  limitMs,
);

test(
  'an agent starts anew, another one repeats its heartbeats, and answers are lost after the work was done',
  async () => {
    const [restarting, losing, forgetful] = installation.hosts;
    await underLoad(async () => {
      losing!.loseAnswers(3);
      await restarting!.restart();
      forgetful!.repeatBeats(3);
      losing!.loseAnswers(3);
    });
  },
  limitMs,
);

test(
  'calls that arrive twice, at once and at two replicas have one effect',
  async () => {
    const acknowledged = new Acknowledged();
    const { sandboxes } = installation.clients;
    const create = async (requestId: string) => {
      const twins = await Promise.all([1, 2, 3].map(() => sandboxes.createSandbox({ requestId })));
      const [id, ...others] = twins.map(({ sandbox }) => sandbox!.id);
      expect(others).toEqual([id, id]);
      acknowledged.created(id!);
      return id!;
    };
    const ids = await Promise.all(Array.from({ length: 6 }, () => create(randomUUID())));
    await Promise.all(ids.slice(3).flatMap((sandboxId) => [1, 2].map(() => sandboxes.destroySandbox({ sandboxId }))));
    for (const id of ids.slice(3)) acknowledged.destroyed(id);
    await expectConverged(installation, acknowledged);
    for (const sandboxId of ids.slice(0, 3)) await sandboxes.destroySandbox({ sandboxId });
  },
  limitMs,
);

test(
  'after all of it the audit is whole: every row has its seal, and no seal contradicts another one',
  async () => {
    await eventually('all rows are sealed and hold', async () => {
      for await (const { event } of installation.clients.audit.verifyAudit({})) {
        if (event.case === 'finding') throw new Error(event.value.sentence);
        if (event.case !== 'result') continue;
        expect(event.value).toMatchObject({ intact: true, findings: 0n });
        expect(event.value.rows).toBeGreaterThan(40n);
        return event.value.waiting === 0n;
      }
      throw new Error('the verification ended without a result');
    });
  },
  limitMs,
);
