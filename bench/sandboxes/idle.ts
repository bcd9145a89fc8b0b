import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Verdict } from '../figures.ts';

const limits = { perSandboxMib: 3, agentGrowthMib: 16 };

/** What `idle-host.ts` prints. */
export interface IdleFigures {
  readonly sandboxes: number;
  /** What the machine has less for every sandbox than with an empty host. */
  readonly perSandboxMib: number;
  readonly host: { readonly emptyMib: number; readonly fullMib: number; readonly laterMib: number };
}

/** Many sandboxes in which nothing happens, on one host: a process of its own, so that its memory is nobody else's. */
export async function judgeIdle(count = Number(process.env['MUSTER_BENCH_IDLE'] ?? 500)): Promise<readonly Verdict[]> {
  const program = fileURLToPath(new URL('idle-host.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', program, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null]; // that is what the event carries
  if (code !== 0) throw new Error('Idle sandboxes could not be measured; why is above.');
  const { sandboxes, perSandboxMib, host } = JSON.parse(output) as IdleFigures; // our own program's words
  const growth = host.laterMib - host.fullMib;
  return [
    {
      what: `memory of each of ${sandboxes} idle sandboxes`,
      measured: `${perSandboxMib.toFixed(2)} MiB`,
      baseline: 'the empty host',
      limit: `at most ${limits.perSandboxMib} MiB`,
      ok: perSandboxMib <= limits.perSandboxMib,
    },
    {
      what: 'memory of their host, a minute later',
      measured: `${host.laterMib.toFixed(0)} MiB`,
      baseline: `full: ${host.fullMib.toFixed(0)} MiB, empty: ${host.emptyMib.toFixed(0)} MiB`,
      limit: `at most ${limits.agentGrowthMib} MiB more than when it was full`,
      ok: growth <= limits.agentGrowthMib,
    },
  ];
}
