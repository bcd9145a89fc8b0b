// node simulator/main.ts OPTIONS: what `muster simulate` runs. OPTIONS are JSON; server and token stand in the environment.
import { ConnectError } from '@connectrpc/connect';
import { startCrowd } from './crowd.ts';
import { faultTable, readOptions } from './options.ts';

const sayEveryMs = 10_000;
const secondAskMs = 1_000;
const say = (text: string) => void process.stderr.write(`${text}\n`);

const stopping = new AbortController();
let stoppedAt: number | undefined;
const stop = () => {
  stoppedAt ??= performance.now();
  // Who asks once more does not want to wait until everything is removed. One Ctrl-C may come twice: npm passes it on, too.
  if (performance.now() - stoppedAt > secondAskMs) process.exit(1);
  stopping.abort();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

async function simulate({ forMs, keep, ...options }: ReturnType<typeof readOptions>): Promise<void> {
  say(`Joining ${options.hosts} simulated hosts …`);
  const { MUSTER_SERVER: serverUrl = '', MUSTER_TOKEN: token = '' } = process.env;
  const crowd = await startCrowd({ ...options, serverUrl, token, say }, stopping.signal);
  say(`${crowd.hosts.length} hosts have joined. Ctrl-C ends them${keep ? '' : ' and removes them again'}.`);
  const sayState = () => {
    const connected = crowd.hosts.filter((host) => host.connected).length;
    const begun = options.faults.length > 0 ? `, ${crowd.faultsBegun} faults so far` : '';
    say(`${connected} of ${crowd.hosts.length} hosts connected, ${crowd.running} sandboxes running${begun}`);
  };
  const saying = setInterval(sayState, sayEveryMs);
  const timer = forMs === undefined ? undefined : setTimeout(stop, forMs);
  if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
  clearInterval(saying);
  clearTimeout(timer);
  sayState();
  say(keep ? 'Leaving them registered …' : 'Destroying the sandboxes and deleting the hosts …');
  await (keep ? crowd.vanish() : crowd.end());
}

try {
  const options = readOptions(process.argv[2]);
  if (options.listFaults) process.stdout.write(faultTable());
  else await simulate(options);
} catch (error) {
  if (!stopping.signal.aborted) {
    say(error instanceof ConnectError ? error.rawMessage : error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
