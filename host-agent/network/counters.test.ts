import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { endsOf } from './addresses.ts';
import type { linkCounters } from './counters.ts';

const firstId = 1_000_000_000;

/** Sends 3,000 bytes to the sandbox's end of a link and 1,000 from there, in a network that nobody else has; then counts. */
const script = `
mount -t sysfs sysfs /sys
ip link add ${endsOf(firstId).link} type veth peer name inside
for place in "${endsOf(firstId).link} 192.0.2" "inside 198.51.100"; do
  set -- $place
  ip link set $1 up
  ip address add $2.1/24 dev $1
  ip neighbour add $2.2 lladdr 02:00:00:00:00:01 dev $1
done
say() { perl -MIO::Socket::INET -e 'IO::Socket::INET->new(Proto => "udp", PeerAddr => $ARGV[0])->send("x" x $ARGV[1])' "$@"; }
for turn in 1 2 3; do say 192.0.2.2:9 1000; done
say 198.51.100.2:9 1000
exec "$0" -e 'import(process.argv[1]).then(({ linkCounters }) => console.log(JSON.stringify(linkCounters(${firstId}))))' "$COUNTERS"
`;

test('what comes in and goes out over the link of a sandbox is counted, each for itself', () => {
  const said = execFileSync('unshare', ['--net', '--mount', 'sh', '-euc', script, process.execPath], {
    env: { ...process.env, COUNTERS: fileURLToPath(new URL('./counters.ts', import.meta.url)) },
    encoding: 'utf8',
  });
  const { receivedBytes, sentBytes } = JSON.parse(said) as ReturnType<typeof linkCounters>;
  // With what the kernel itself says on a new link.
  expect(receivedBytes).toBeGreaterThan(3000);
  expect(sentBytes).toBeGreaterThan(1000);
  expect(sentBytes).toBeLessThan(3000);
});
