import { InitLink } from '../../host-agent/init/index.ts';
import { defaultPath } from '../../host-agent/runtime/index.ts';
import { openSandboxes } from '../../host-agent/sandboxes/index.ts';
import { openOwnHost } from './own-host.ts';

const answerMs = 10_000;

/** The init of a sandbox, and nothing between it and us. */
export async function openBareInit() {
  const host = await openOwnHost('init', 1);
  await host.sandboxes.create(host.spec(1, { cpu: 1, memoryMib: 64, diskMib: 256, pids: 1024 }));
  // It runs on, and its connection is free for us.
  await host.sandboxes.close();
  const link = await InitLink.open(host.home(1), answerMs);
  return {
    /** Runs `true` to its end. */
    async runTrue(): Promise<void> {
      const env = { PATH: defaultPath };
      const stream = link.start({ argv: ['true'], env, cwd: '', user: '', withStdin: false, endsWithLink: false });
      if ('impossible' in stream) throw new Error(stream.impossible);
      for (let event = await stream.next(); event !== undefined; event = await stream.next())
        if (event.type === 'closed' && event.result.code === 0) return;
      throw new Error('true did not end well');
    },
    async close(): Promise<void> {
      link.close();
      const sandboxes = await openSandboxes(host.options);
      for (const { sandboxId, attempt } of sandboxes.inventory().sandboxes) await sandboxes.destroy(sandboxId, attempt);
      await sandboxes.close();
      await host.close();
    },
  };
}
