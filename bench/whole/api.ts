import { randomUUID } from 'node:crypto';
import { ConnectError } from '@connectrpc/connect';
import { summarise, timeOf, type Times } from '../figures.ts';
import type { Api } from './system.ts';

const ordinary = { memoryMib: 64, diskMib: 256 };
/** Half a processor each, because 50 must fit on a machine that has two and promises each 16 times. */
const crowded = { ...ordinary, cpu: 0.5 };

/** Creates a sandbox; answers its id. */
export async function createSandbox({ sandboxes }: Api, limits: object = ordinary): Promise<string> {
  const { sandbox } = await sandboxes.createSandbox({ limits, requestId: randomUUID() });
  return sandbox!.id;
}

/** Runs `true` to its end. */
export async function runTrue({ processes }: Api, sandboxId: string): Promise<void> {
  let code: number | undefined;
  // To the end, so that the connection can be used again.
  for await (const { event } of processes.run({ sandboxId, argv: ['true'] }))
    if (event.case === 'exit') code = event.value.code;
  if (code !== 0) throw new Error(`true did not end well in ${sandboxId}`);
}

/** Ends a sandbox. */
export async function destroySandbox({ sandboxes }: Api, sandboxId: string): Promise<void> {
  await sandboxes.destroySandbox({ sandboxId });
}

/** Create, `true`, destroy. */
export async function liveOnce(api: Api): Promise<void> {
  const sandboxId = await createSandbox(api);
  await runTrue(api, sandboxId);
  await destroySandbox(api, sandboxId);
}

/** Many creates at once. Answers why some failed, each reason once. */
export async function timeCrowd(api: Api, count: number): Promise<Times & { failed: number; why: readonly string[] }> {
  const created: string[] = [];
  const times: number[] = [];
  const attempts = await Promise.allSettled(
    Array.from({ length: count }, async () => {
      times.push(await timeOf(async () => void created.push(await createSandbox(api, crowded))));
    }),
  );
  await Promise.all(created.map((sandboxId) => destroySandbox(api, sandboxId)));
  const failures = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [attempt.reason as unknown] : []));
  const why = new Set(failures.map((failure) => ConnectError.from(failure).message));
  return { ...summarise(times), failed: failures.length, why: [...why] };
}
