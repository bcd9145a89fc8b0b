import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { Place } from './testing/place.ts';

let place: Place;
beforeAll(async () => void (place = await Place.open()));
afterAll(() => place?.close());

/** Starts a server on a port of a sandbox, in the test's own language. */
async function serve(sandboxId: string, port: number, perl: string): Promise<AbortController> {
  const stop = new AbortController();
  const script = `use IO::Socket::INET; $SIG{PIPE}='IGNORE'; my $s=IO::Socket::INET->new(LocalAddr=>'127.0.0.1',LocalPort=>${port},Listen=>64,ReuseAddr=>1) or die; while(my $c=$s->accept){ ${perl} }`;
  void place.run(sandboxId, { argv: ['perl', '-e', script] }, stop.signal).catch(() => undefined);
  await eventually('it listens', async () =>
    (await place.sandboxes.listPorts(sandboxId)).some((listening) => listening.port === port),
  );
  return stop;
}

async function readAll(connection: { read(): Promise<Buffer | undefined> }): Promise<Buffer> {
  const all: Buffer[] = [];
  for (let bytes = await connection.read(); bytes; bytes = await connection.read()) all.push(bytes);
  return Buffer.concat(all);
}

test('bytes go both ways unharmed, and each side may end first', async () => {
  const id = await place.create();
  const stop = await serve(
    id,
    8080,
    'my $b; while(sysread($c,$b,65536)){ my $o=0; while($o<length $b){ $o+=syswrite($c,$b,length($b)-$o,$o) } } close $c;',
  );
  const connection = await place.sandboxes.connectPort(id, 8080);
  const sent = randomBytes(5_000_000);
  const received = readAll(connection);
  await connection.write(sent);
  // The echo only ends when it has seen our end, and what it had read before still comes.
  connection.endInput();
  expect((await received).equals(sent)).toBe(true);
  stop.abort();
});

test('a reader that does not read stops the sender, and nothing else', async () => {
  const id = await place.create();
  const stop = await serve(id, 8081, 'if(fork()==0){ while(syswrite($c,"x" x 65536)){} exit } close $c;');
  const flood = await place.sandboxes.connectPort(id, 8081);
  expect((await flood.read())?.length).toBeGreaterThan(0);
  const answers = await Promise.all(Array.from({ length: 20 }, () => place.run(id, 'echo alive')));
  expect(answers.every(({ stdout }) => stdout === 'alive\n')).toBe(true);
  flood.reset();
  stop.abort();
});

test('what listens is listed, by port, address and name', async () => {
  const id = await place.create();
  expect(await place.sandboxes.listPorts(id)).toEqual([]);
  const stop = await serve(id, 8082, 'close $c;');
  expect(await place.sandboxes.listPorts(id)).toEqual([{ port: 8082, addresses: ['127.0.0.1'], process: 'perl' }]);
  stop.abort();
});

test('where nothing listens the answer says so, and a paused sandbox has no ports', async () => {
  const id = await place.create();
  await expect(place.sandboxes.connectPort(id, 9999)).rejects.toMatchObject({ reason: 'nothing_listens' });
  await place.sandboxes.pause(id, 1);
  await expect(place.sandboxes.connectPort(id, 9999)).rejects.toMatchObject({ reason: 'wrong_state' });
});

test('more connections than there is room for are refused, and room comes back', async () => {
  const id = await place.create();
  const stop = await serve(id, 8083, 'push @all, $c;');
  const open = await Promise.all(Array.from({ length: 128 }, () => place.sandboxes.connectPort(id, 8083)));
  await expect(place.sandboxes.connectPort(id, 8083)).rejects.toMatchObject({ reason: 'limit' });
  for (const connection of open) connection.reset();
  await eventually('there is room again', async () =>
    place.sandboxes.connectPort(id, 8083).then(
      (connection) => (connection.reset(), true),
      () => false,
    ),
  );
  stop.abort();
});
