import { randomUUID } from 'node:crypto';
import { summarise, timeEach, timeOf, type Times } from '../figures.ts';
import type { Api } from './system.ts';

/** Creates a sandbox; answers its id. */
export async function createSandbox({ sandboxes }: Api, memoryMib = 64): Promise<string> {
  const { sandbox } = await sandboxes.createSandbox({ limits: { memoryMib }, requestId: randomUUID() });
  return sandbox!.id;
}

/** Runs `true` to its end. */
export async function runTrue({ processes }: Api, sandboxId: string): Promise<void> {
  for await (const { event } of processes.run({ sandboxId, argv: ['true'] })) {
    if (event.case === 'exit' && event.value.code === 0) return;
  }
  throw new Error(`true did not end well in ${sandboxId}`);
}

const destroy = ({ sandboxes }: Api, sandboxId: string) => sandboxes.destroySandbox({ sandboxId });

/** Create, `true`, destroy, one after the other. */
export async function timeLives(api: Api, count: number): Promise<Times> {
  return timeEach(count, async () => {
    const sandboxId = await createSandbox(api);
    await runTrue(api, sandboxId);
    await destroy(api, sandboxId);
  });
}

/** `true` in a sandbox that runs, one after the other. */
export async function timeRuns(api: Api, count: number): Promise<Times> {
  const sandboxId = await createSandbox(api);
  try {
    await timeEach(Math.ceil(count / 10), () => runTrue(api, sandboxId));
    return await timeEach(count, () => runTrue(api, sandboxId));
  } finally {
    await destroy(api, sandboxId);
  }
}

/** Many creates at once. */
export async function timeCrowd(api: Api, count: number): Promise<Times & { readonly failed: number }> {
  const created: string[] = [];
  const times: number[] = [];
  const attempts = await Promise.allSettled(
    Array.from({ length: count }, async () => {
      times.push(await timeOf(async () => void created.push(await createSandbox(api))));
    }),
  );
  await Promise.all(created.map((sandboxId) => destroy(api, sandboxId)));
  return { ...summarise(times), failed: attempts.filter(({ status }) => status === 'rejected').length };
}
