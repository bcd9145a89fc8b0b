import { createHash } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Place } from './testing/place.ts';

let place: Place;
let id: string;
beforeAll(async () => {
  place = await Place.open();
  id = await place.create({ env: { FROM_SANDBOX: '1', OVERRIDDEN: 'no' } });
}, 180_000);
afterAll(() => place.close());

/** Commands that run now, as the sandbox itself sees them. */
async function processes(pattern: string): Promise<string> {
  // In brackets, so that the one who looks does not find itself.
  const others = pattern.replace(/[a-z]/, '[$&]');
  return (await place.run(id, `pgrep -f '${others}' || true`)).stdout;
}

test('output, exit code and environment arrive as they are', async () => {
  const outcome = await place.run(id, {
    argv: ['sh', '-c', 'echo out; echo err >&2; echo $FROM_SANDBOX $OVERRIDDEN $OWN; exit 7'],
    env: { OVERRIDDEN: 'yes', OWN: 'a b' },
  });
  expect(outcome).toMatchObject({ stdout: 'out\n1 yes a b\n', stderr: 'err\n', code: 7, signal: '', timedOut: false });
  expect(outcome.pid).toBeGreaterThan(1);
});

test('a command that is not there ends with 127, one that may not be executed with 126', async () => {
  expect(await place.run(id, { argv: ['no-such-command'] })).toMatchObject({
    code: 127,
    stderr: 'muster: no-such-command: not found\n',
  });
  expect(await place.run(id, { argv: ['/no/such'] })).toMatchObject({ code: 127 });
  expect(await place.run(id, { argv: [''] })).toMatchObject({ code: 127 });
  expect(await place.run(id, { argv: ['/etc/passwd'] })).toMatchObject({
    code: 126,
    stderr: 'muster: /etc/passwd: permission denied\n',
  });
  expect(await place.run(id, { argv: ['/etc'] })).toMatchObject({ code: 126 });
  expect(await place.run(id, { argv: ['true'], cwd: '/nowhere' })).toMatchObject({ code: 126 });
  expect(await place.run(id, { argv: ['true'], user: 'nobody-here' })).toMatchObject({
    code: 126,
    stderr: expect.stringContaining('nobody-here'),
  });
  expect(await place.run(id, { argv: ['true'], user: '99999' })).toMatchObject({ code: 126 });
});

test('what no process can be given is answered as a shell would', async () => {
  expect(await place.run(id, { argv: ['echo', 'a\0b'] })).toMatchObject({
    code: 126,
    stderr: expect.stringContaining('zero bytes'),
  });
  expect(
    await place.run(id, { argv: ['echo', ...Array.from({ length: 30 }, () => 'x'.repeat(131_000))] }),
  ).toMatchObject({ code: 126 });
  expect(
    await place.run(id, { argv: ['echo', ...Array.from({ length: 100 }, () => 'x'.repeat(131_000))] }),
  ).toMatchObject({ code: 126 });
});

test('programs are looked up in the PATH of the command, scripts without a first line are run by sh', async () => {
  await place.run(id, 'mkdir -p /opt/a && echo "echo hello \\$1" > /opt/a/greet && chmod +x /opt/a/greet');
  expect(await place.run(id, { argv: ['greet', 'you'], env: { PATH: '/nowhere:/opt/a:/bin' } })).toMatchObject({
    stdout: 'hello you\n',
  });
  expect(await place.run(id, { argv: ['greet'] })).toMatchObject({ code: 127 });
});

test('a command runs as the user that is named, with its groups and home', async () => {
  const line = 'echo "tester:x:4321:4321::/srv:/bin/sh" >> /etc/passwd; echo "crew:x:77:tester" >> /etc/group';
  await place.run(id, line);
  const argv = ['sh', '-c', 'echo $(id -u) $(id -G) $HOME $USER; pwd; grep CapEff /proc/self/status'];
  const asTester = '4321 4321 77 /srv tester\n/srv\nCapEff:\t0000000000000000\n';
  expect((await place.run(id, { argv, user: 'tester' })).stdout).toBe(asTester);
  expect((await place.run(id, { argv, user: '4321' })).stdout).toBe(asTester);
  await place.run(id, 'echo "Ada.Lovelace:x:4322:4322::/:/bin/sh" >> /etc/passwd');
  expect((await place.run(id, { argv: ['id', '-un'], user: 'Ada.Lovelace' })).stdout).toBe('Ada.Lovelace\n');
  expect((await place.run(id, { argv: ['sh', '-c', 'id -u; id -g; pwd'], user: '1234', cwd: '/tmp' })).stdout).toBe(
    '1234\n1234\n/tmp\n',
  );
});

test('standard input arrives whole, and ends', async () => {
  const stdin = Buffer.alloc(1024 * 1024, 'abcdefg');
  const sum = createHash('sha256').update(stdin).digest('hex');
  expect((await place.run(id, { argv: ['sha256sum'], stdin })).stdout).toBe(`${sum}  -\n`);
  expect(await place.run(id, { argv: ['cat'] })).toMatchObject({ code: 0, stdout: '' });
  expect(await place.run(id, { argv: ['true'], stdin })).toMatchObject({ code: 0 });
  expect(await place.run(id, { argv: ['head', '-c3'], stdin })).toMatchObject({ code: 0, stdout: 'abc' });
});

test('twenty megabytes of bytes arrive exactly, at the pace of a slow reader', async () => {
  const argv = ['sh', '-c', 'head -c 20000000 /dev/urandom | tee /tmp/sent; sha256sum /tmp/sent >&2; rm /tmp/sent'];
  const hash = createHash('sha256');
  let size = 0;
  let pauses = 0;
  let sum = '';
  for await (const event of place.sandboxes.run(id, { argv })) {
    if (event.type === 'stderr') sum += Buffer.from(event.data).toString();
    if (event.type !== 'stdout') continue;
    hash.update(event.data);
    size += event.data.length;
    // A slow reader now and then: what waits for it must stay bounded and must not be lost.
    if (size / 1_000_000 > pauses) {
      pauses += 1;
      await after(5);
    }
  }
  expect(size).toBe(20_000_000);
  expect(sum.split(' ')[0]).toBe(hash.digest('hex'));
});

test('a reader that stands still stops the writer, and others go on', async () => {
  const events = place.sandboxes.run(id, { argv: ['sh', '-c', 'yes | head -c 50000000'] });
  const running = events[Symbol.asyncIterator]();
  await running.next();
  await running.next();
  expect((await place.run(id, 'echo free')).stdout).toBe('free\n');
  expect(await processes('yes')).not.toBe('');
  await running.return?.();
  expect(await processes('yes')).toBe('');
});

test('output byte by byte costs no more than the window', async () => {
  const script = 'import os\nfor i in range(20000): os.write(1 + i % 2, b"x")';
  const outcome = await place.run(
    id,
    `command -v python3 >/dev/null && python3 -c '${script}' || (head -c 10000 /dev/zero | tr '\\0' x; head -c 10000 /dev/zero | tr '\\0' x >&2)`,
  );
  expect([outcome.stdout.length, outcome.stderr.length]).toEqual([10_000, 10_000]);
});

test('a signal that ends a command is named', async () => {
  expect(await place.run(id, 'kill -TERM $$')).toMatchObject({ code: 143, signal: 'SIGTERM' });
  expect(await place.run(id, 'kill -SEGV $$')).toMatchObject({ code: 139, signal: 'SIGSEGV' });
});

test('a command that takes too long is killed, whatever it ignores', async () => {
  const outcome = await place.run(id, {
    argv: ['sh', '-c', "trap '' TERM INT HUP; echo on; sleep 1000.25"],
    timeoutMs: 150,
  });
  expect(outcome).toMatchObject({ code: 137, signal: 'SIGKILL', timedOut: true, stdout: 'on\n' });
  expect(await processes('sleep 1000.25')).toBe('');
});

test('cancelling kills the command with its group, its session and its descendants', async () => {
  const abort = new AbortController();
  const line = 'setsid sleep 1001.25 & (setsid sh -c "sleep 1001.25" &) ; sh -c "sleep 1001.25 & wait" & sleep 1001.25';
  const running = place.run(id, { argv: ['sh', '-c', line] }, abort.signal);
  running.catch(() => undefined);
  await eventually('all run', async () => (await processes('^sleep 1001.25')).split('\n').length > 3);
  abort.abort(new Error('the caller has gone'));
  await expect(running).rejects.toThrow('the caller has gone');
  // One that has left its session and whose parent has gone is a daemon, and nobody's any more.
  await eventually(
    'they are gone',
    async () => (await processes('^sleep 1001.25')).split('\n').filter(Boolean).length <= 1,
  );
  await place.run(id, 'pkill -KILL sleep');
});

test('leaving the iteration kills the command', async () => {
  for await (const event of place.sandboxes.run(id, { argv: ['sleep', '1002.25'] }))
    if (event.type === 'started') break;
  expect(await processes('sleep 1002.25')).toBe('');
});

test('what a command leaves in the background lives on, and does not hold up its end', async () => {
  const outcome = await place.run(
    id,
    'echo before; (while :; do echo noise; sleep 0.01; done) & sleep 0.05; echo after',
  );
  expect(outcome.stdout.startsWith('before\n')).toBe(true);
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining('after\n') });
  expect(await processes('echo noise')).not.toBe('');
  await place.run(id, 'pkill -KILL -f "echo noise"');
});

test('time that a sandbox is frozen does not count for a timeout', async () => {
  const frozen = await place.create();
  const running = place.run(frozen, { argv: ['sh', '-c', 'sleep 1; echo done'], timeoutMs: 2500 });
  await eventually('it runs', () => place.pids(frozen).length > 1);
  await place.sandboxes.pause(frozen, 1);
  await after(4000);
  await place.sandboxes.resume(frozen, 1);
  expect(await running).toMatchObject({ stdout: 'done\n', timedOut: false, code: 0 });
});

test('many commands at once all answer', async () => {
  const lines = Array.from({ length: 40 }, (_, index) => `echo ${index}`);
  const outcomes = await Promise.all(lines.map((line) => place.run(id, line)));
  expect(outcomes.map(({ stdout }) => stdout)).toEqual(lines.map((_, index) => `${index}\n`));
});
