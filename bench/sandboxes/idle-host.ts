// Makes so many idle sandboxes and prints as JSON what memory they take: of the machine, and of this process, which is
// their host. Needs root and `--expose-gc`.
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { IdleFigures } from './idle.ts';
import { openOwnHost } from './own-host.ts';

const count = Number(process.argv[2]);
const limits = { cpu: 0.1, memoryMib: 16, diskMib: 16, pids: 16 };
const settlingMs = 3000;
/** By then the engine has taken the room that it works in: what comes on top of that would grow on and on. */
const workingMs = 60_000;
const laterMs = 60_000;

/** What the machine could still give to others. */
function availableMib(): number {
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) / 1024;
}

async function ownMib(): Promise<number> {
  globalThis.gc?.();
  await delay(settlingMs);
  return process.memoryUsage.rss() / 1024 / 1024;
}

const host = await openOwnHost('idle', count);
try {
  const emptyMib = await ownMib();
  const before = availableMib();
  await Promise.all(Array.from({ length: count }, (_, number) => host.sandboxes.create(host.spec(number, limits))));
  await delay(settlingMs);
  const perSandboxMib = (before - availableMib()) / count;
  await delay(workingMs);
  const fullMib = await ownMib();
  await delay(laterMs);
  const figures: IdleFigures = {
    sandboxes: count,
    perSandboxMib,
    host: { emptyMib, fullMib, laterMib: await ownMib() },
  };
  process.stdout.write(JSON.stringify(figures));
} finally {
  await host.close();
}
