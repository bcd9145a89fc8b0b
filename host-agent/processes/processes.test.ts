import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Place } from '../sandboxes/testing/place.ts';
import type { RunEvent } from '../sandboxes/index.ts';
import type { ProcessView, SandboxProcesses, StartSpec } from './index.ts';
import { Reading } from './testing/reading.ts';

let place: Place;
let id: string;
let processes: SandboxProcesses;
beforeAll(async () => {
  place = await Place.open();
  id = await place.create({ env: { FROM_SANDBOX: 'yes' } });
  processes = await place.sandboxes.processes(id);
}, 180_000);
afterAll(() => place.close());

const spec = (argv: readonly string[] | string, more: Partial<StartSpec> = {}): StartSpec => ({
  argv: typeof argv === 'string' ? ['sh', '-c', argv] : argv,
  env: {},
  cwd: '',
  user: '',
  timeoutMs: undefined,
  terminal: undefined,
  stdin: false,
  name: '',
  requestId: '',
  ...more,
});

const send = async (process: string, bytes: Uint8Array, offset?: number, signal?: AbortSignal) =>
  (await processes.sendInput(process, bytes, offset, signal)).inAll;
const type = (process: string, text: string, offset?: number) => send(process, Buffer.from(text), offset);

test('what a process writes is read from any offset, also after its end', async () => {
  const line = 'echo one; read -r a; echo two >&2; read -r a; echo $FROM_SANDBOX; exit 3';
  const started = await processes.start(spec(line, { name: 'it', stdin: true }));
  expect(started).toMatchObject({ name: 'it', detached: true, exit: undefined, keptBytes: 128 * 2048 });
  const all = new Reading(processes, started.id);
  for (const word of ['one', 'two']) {
    await all.sees(word);
    await type(started.id, '\n');
  }
  await all.done;
  expect(all.text).toBe('one\ntwo\nyes\n');
  expect(all.exit).toMatchObject({ code: 3, signal: '', timedOut: false });
  expect(all.events.map((event) => event.type)).toEqual(['attached', 'output', 'output', 'output', 'exit']);
  const later = new Reading(processes, started.id, { offset: 5 });
  await later.done;
  expect(later.events[1]).toMatchObject({ type: 'output', offset: 5, stream: 'stderr' });
  expect(later.text).toBe('wo\nyes\n');
  const ahead = new Reading(processes, started.id, { offset: 13 });
  await ahead.done;
  expect(ahead.failure).toMatchObject({ reason: 'out_of_range' });
  const listed = (await processes.list(true)).find((one) => one.id === started.id);
  expect(listed).toMatchObject({ outputOffset: 12, oldestOffset: 0, exit: { code: 3 } });
  expect(await processes.list(false)).toEqual([]);
});

test('a terminal has a size, echoes, obeys Ctrl-C and Ctrl-D, and is its user’s own', async () => {
  const { id: shell, inputOffset } = await processes.start(
    spec(['sh'], { terminal: { cols: 91, rows: 33 }, env: { PS1: 'ready> ' } }),
  );
  expect(inputOffset).toBe(0);
  const screen = new Reading(processes, shell);
  await screen.sees('ready> ');
  await type(shell, 'stty size; tty; echo $TERM\r');
  await screen.sees(/\r\n33 91\r\n\/dev\/pts\/\d+\r\nxterm-256color\r\n/);
  processes.resize(shell, { cols: 120, rows: 40 });
  await type(shell, 'stty size\r');
  await screen.sees('40 120');
  await type(shell, 'trap "echo caught" WINCH; sleep 1000.75\r');
  await eventually('it sleeps', async () => (await place.run(id, "pgrep -f '^sleep 1000.75'")).code === 0);
  await type(shell, '\x03');
  await eventually('it does not', async () => (await place.run(id, "pgrep -f '^sleep 1000.75'")).code !== 0);
  await type(shell, 'echo still $((40+2))\r');
  await screen.sees('still 42');
  await type(shell, '\x04');
  await screen.done;
  expect(screen.exit).toMatchObject({ code: 0, signal: '' });
});

test('without a program, a terminal gets the shell of its user, as for a login', async () => {
  await place.run(id, 'echo "clerk:x:4000:4000::/tmp:/bin/bash" >> /etc/passwd');
  const { id: shell } = await processes.start(spec([], { terminal: { cols: 80, rows: 24 }, user: 'clerk' }));
  const screen = new Reading(processes, shell);
  await type(shell, 'shopt -q login_shell && echo a $0 for $USER in $PWD with $SHELL owns $(stat -c %U $(tty))\r');
  await screen.sees('a -bash for clerk in /tmp with /bin/bash owns clerk');
  await type(shell, 'exit 5\r');
  await screen.done;
  expect(screen.exit).toMatchObject({ code: 5 });
});

test('the last words of a program on a terminal are never lost', async () => {
  for (let turn = 0; turn < 30; turn += 1) {
    const { id: last } = await processes.start(
      spec(`seq 1 ${turn * 100}; echo last`, { terminal: { cols: 80, rows: 24 } }),
    );
    const screen = new Reading(processes, last);
    await screen.done;
    expect(screen.text.endsWith('last\r\n')).toBe(true);
    expect(screen.text.split('\r\n').length).toBe(turn * 100 + 2);
  }
});

test('a program that takes the whole screen is drawn', async () => {
  const { id: editor } = await processes.start(
    spec('printf "\\033[?1049h\\033[2J\\033[5;10Hhere"; read -r line; printf "\\033[?1049l"; echo bye $line', {
      terminal: { cols: 80, rows: 24 },
    }),
  );
  const screen = new Reading(processes, editor);
  await screen.sees('\u001B[?1049h\u001B[2J\u001B[5;10Hhere');
  await type(editor, 'now\r');
  await screen.done;
  expect(screen.text).toContain('\u001B[?1049lbye now\r\n');
});

test('input that is sent again is written once, and a hole in it is refused', async () => {
  const { id: cat } = await processes.start(spec(['cat'], { stdin: true }));
  const echo = new Reading(processes, cat);
  expect(await type(cat, 'hello ', 0)).toBe(6);
  expect(await type(cat, 'hello ', 0)).toBe(6);
  expect(await type(cat, 'lo world', 3)).toBe(11);
  await expect(type(cat, '!', 12)).rejects.toMatchObject({ reason: 'out_of_range' });
  await expect(processes.closeInput(cat, 12)).rejects.toMatchObject({ reason: 'out_of_range' });
  await processes.closeInput(cat, 11);
  await processes.closeInput(cat, 11);
  await echo.done;
  expect(echo.text).toBe('hello world');
  await expect(type(cat, 'more')).rejects.toMatchObject({ reason: 'wrong_state', message: 'The process has ended.' });
});

test('of several who write into one process, each writes what was lost again, and nothing twice', async () => {
  const { id: cat } = await processes.start(spec(['cat'], { stdin: true }));
  const echo = new Reading(processes, cat);
  const write = (name: string, offset: number, text: string) =>
    processes.sendInput(cat, Buffer.from(text), { name, offset });
  expect(await write('ann', 0, 'one ')).toEqual({ inAll: 4, ofWriter: 4 });
  expect(await write('bob', 0, 'two ')).toEqual({ inAll: 8, ofWriter: 4 });
  expect(await write('ann', 0, 'one ')).toEqual({ inAll: 8, ofWriter: 4 });
  expect(await write('ann', 2, 'e three ')).toEqual({ inAll: 14, ofWriter: 10 });
  await expect(write('bob', 5, 'x')).rejects.toMatchObject({ reason: 'out_of_range', field: 'writer_offset' });
  // As after a restart of the agent, which forgets them.
  expect(await write('carol', 700, 'four')).toEqual({ inAll: 18, ofWriter: 704 });
  await processes.closeInput(cat, 18);
  await echo.done;
  expect(echo.text).toBe('one two three four');
});

test('input to a process that does not read is taken up to a bound, and the rest when it reads', async () => {
  await place.run(id, 'mkfifo /tmp/go');
  const { id: reader } = await processes.start(spec('read -r go < /tmp/go; sha256sum', { stdin: true }));
  const bytes = Buffer.alloc(300_000, 'abc');
  let taken = 0;
  taken = await send(reader, bytes.subarray(0, 65_536), 0);
  const short = new AbortController();
  setTimeout(() => short.abort(), 300);
  while (!short.signal.aborted) taken = await send(reader, bytes.subarray(taken, taken + 65_536), taken, short.signal);
  expect(taken).toBeGreaterThanOrEqual(65_536);
  expect(taken).toBeLessThan(200_000);
  const output = new Reading(processes, reader);
  await place.run(id, 'echo > /tmp/go');
  while (taken < bytes.length) taken = await send(reader, bytes.subarray(taken, taken + 65_536), taken);
  await processes.closeInput(reader, bytes.length);
  await output.done;
  expect(output.text).toContain(createHash('sha256').update(bytes).digest('hex'));
});

test('a repeated start names the same process', async () => {
  const once = await Promise.all([1, 2, 3].map(() => processes.start(spec('sleep 1000.5', { requestId: 'the one' }))));
  expect(new Set(once.map((one) => one.id)).size).toBe(1);
  expect(await processes.list(false)).toHaveLength(1);
  processes.signal(once[0]!.id, 'SIGKILL');
  await eventually('it has ended', async () => (await processes.list(false)).length === 0);
  expect((await processes.start(spec('sleep 1000.5', { requestId: 'the one' }))).exit).toMatchObject({
    signal: 'SIGKILL',
  });
});

test('output that nobody has read for long is dropped, and the gap is said', async () => {
  const { id: flood } = await processes.start(spec('head -c 3000000 /dev/zero | tr "\\0" x; sleep 1000.6'));
  await eventually('it has written all', async () => {
    const [one] = await processes.list(false);
    return one?.outputOffset === 3_000_000;
  });
  const late = new Reading(processes, flood, { offset: 1000 });
  await eventually('it has seen the rest', () => late.offset === 3_000_000);
  const gap = late.events.find((event) => event.type === 'gap');
  expect(gap).toMatchObject({ from: 1000, to: 3_000_000 - late.bytes.length });
  expect(late.bytes.length).toBeGreaterThan(200_000);
  const oldest = new Reading(processes, flood);
  await eventually('it has seen what is kept', () => oldest.offset === 3_000_000);
  expect(oldest.events.some((event) => event.type === 'gap')).toBe(false);
  processes.signal(flood, 'SIGKILL');
  await Promise.all([late.done, oldest.done]);
  expect(late.exit).toMatchObject({ signal: 'SIGKILL' });
});

test('a hundred megabytes reach a reader that is waited for, byte by byte', async () => {
  const { id: sent } = await processes.start(
    spec(
      'mkfifo /tmp/p; sha256sum < /tmp/p > /tmp/sum & read -r go; head -c 100000000 /dev/urandom | tee /tmp/p; wait',
      { stdin: true },
    ),
  );
  const hash = createHash('sha256');
  let size = 0;
  for await (const event of processes.attach(sent, { offset: 0, hold: true })) {
    if (event.type === 'attached') await type(sent, 'go\n');
    if (event.type === 'gap') throw new Error(`a gap from ${event.from} to ${event.to}`);
    if (event.type !== 'output') continue;
    expect(event.offset).toBe(size);
    hash.update(event.data);
    size += event.data.length;
  }
  expect(size).toBe(100_000_000);
  expect((await place.run(id, 'cat /tmp/sum')).stdout.split(' ')[0]).toBe(hash.digest('hex'));
});

test('a reader that stands still holds up neither the process nor other readers', async () => {
  const { id: busy } = await processes.start(
    spec('read -r go; yes | head -c 20000000; echo; echo done', { stdin: true }),
  );
  const still = processes.attach(busy, { offset: 0, hold: false });
  await still.next();
  const quick = new Reading(processes, busy);
  await type(busy, 'go\n');
  await quick.done;
  expect(quick.text.endsWith('done\n')).toBe(true);
  expect(quick.exit).toMatchObject({ code: 0 });
  // The one that stood still learns what it has missed.
  let gaps = 0;
  for await (const event of still) if (event.type === 'gap') gaps += 1;
  expect(gaps).toBeGreaterThan(0);
});

test('signals go to the group in the foreground; SIGKILL ends everything that belongs to it', async () => {
  const { id: shell } = await processes.start(spec(['sh', '-i'], { terminal: { cols: 80, rows: 24 } }));
  const screen = new Reading(processes, shell);
  await type(shell, 'sh -c "trap \'echo got it\' USR1; echo set-$((1+1)); while :; do sleep 0.05; done"\r');
  // Not what was typed. Before its trap is set, the signal would end it.
  await eventually('its trap is set', () => screen.text.includes('set-2'));
  expect((await place.run(id, "pgrep -f '^sh -c trap'")).code).toBe(0);
  await eventually('it has heard', async () => {
    processes.signal(shell, 'SIGUSR1');
    return screen.text.includes('\r\ngot it');
  });
  processes.signal(shell, 'SIGKILL');
  await screen.done;
  expect(screen.exit).toMatchObject({ code: 137, signal: 'SIGKILL' });
  expect((await place.run(id, "pgrep -f '^sh -c trap'")).code).toBe(1);
  processes.signal(shell, 'SIGTERM'); // to one that has ended: nothing
});

test('a process that ignores SIGTERM is ended by its timeout, and by SIGKILL', async () => {
  const stubborn = "trap '' TERM HUP INT; echo on; while :; do sleep 1; done";
  const timed = await processes.start(spec(stubborn, { timeoutMs: 300 }));
  const reading = new Reading(processes, timed.id);
  await reading.done;
  expect(reading.exit).toMatchObject({ signal: 'SIGKILL', timedOut: true });
  const { id: other } = await processes.start(spec(stubborn));
  const second = new Reading(processes, other);
  await second.sees('on');
  processes.signal(other, 'SIGTERM');
  processes.signal(other, 'SIGKILL');
  await second.done;
  expect(second.exit).toMatchObject({ signal: 'SIGKILL', timedOut: false });
});

test('there may be 64 at once, and the ends of old ones make place', async () => {
  const crowd = await place.create({ limits: { cpu: 1, memoryMib: 128, diskMib: 64, pids: 200 } });
  const there = await place.sandboxes.processes(crowd);
  const started = [];
  for (let index = 0; index < 64; index += 1) started.push(await there.start(spec(['sleep', '1000.8'])));
  await expect(there.start(spec(['true']))).rejects.toMatchObject({ reason: 'limit' });
  there.signal(started[0]!.id, 'SIGKILL');
  await eventually('one has ended', async () => (await there.list(false)).length === 63);
  const next = await there.start(spec(['true']));
  const ids = (await there.list(true)).map((one) => one.id);
  expect(ids).toHaveLength(64);
  expect(ids).toContain(next.id);
  expect(ids).not.toContain(started[0]!.id);
  const forgotten = new Reading(there, started[0]!.id);
  await forgotten.done;
  expect(forgotten.failure).toMatchObject({ reason: 'no_process' });
});

test('commands that end with their caller take input, are listed, and get signals', async () => {
  const cat = place.sandboxes.run(id, { argv: ['cat'], stdin: Buffer.from('first '), keepStdinOpen: true });
  let seen = '';
  const seenInList: ProcessView[] = [];
  for await (const event of cat) {
    if (event.type === 'stdout') seen += Buffer.from(event.data).toString();
    if (event.type !== 'started') continue;
    seenInList.push(...(await processes.list(false)));
    await type(event.processId, 'second', 6);
    await processes.closeInput(event.processId, 12);
  }
  expect(seen).toBe('first second');
  expect(seenInList).toMatchObject([{ argv: ['cat'], detached: false, inputOpen: true, inputOffset: 6 }]);
  const ends: RunEvent[] = [];
  for await (const event of place.sandboxes.run(id, { argv: ['sleep', '1000.9'] })) {
    if (event.type === 'started') processes.signal(event.processId, 'SIGTERM');
    ends.push(event);
  }
  expect(ends.at(-1)).toMatchObject({ type: 'exit', code: 143, signal: 'SIGTERM' });
  expect(await processes.list(false)).toEqual([]);
});
