import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Place } from './testing/place.ts';

let place: Place;
let other: Place;
beforeAll(async () => void ([place, other] = [await Place.open(), await Place.open()]), 180_000);
afterAll(() => Promise.all([place.close(), other.close()]));

const snapshotOf = (id: string, name: string) => place.sandboxes.snapshot(id, 1, `snap${name.padStart(12, '0')}`);
const sizeOf = (chunks: readonly Uint8Array[]) => chunks.reduce((sum, { length }) => sum + length, 0);

async function archiveOf(digest: string, offset = 0): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of place.sandboxes.layers.read(digest, offset)) chunks.push(chunk);
  return chunks;
}

async function* of(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

test('what a running sandbox has written comes with a snapshot: files, links, modes, owners, removals, replaced directories', async () => {
  const id = await place.create();
  const line = `
    cd /root; echo text > file; ln -s file link; ln file hard; mkfifo pipe; truncate -s 100M sparse
    chown 1000:1000 hard; chmod 4751 file; rm /etc/debian_version; rm -r /usr/share/common-licenses; mkdir /usr/share/common-licenses
    echo new > /usr/share/common-licenses/mine; printf x > "$(printf 'not\\377utf8')"
    (while :; do date +%s%N >> /root/ticks; sleep 0.01; done) >/dev/null 2>&1 &`;
  await place.run(id, line);
  const made = await snapshotOf(id, 'a');
  expect(await snapshotOf(id, 'a')).toEqual(made);
  expect(made.layers).toHaveLength(2);
  expect(made.sizeBytes).toBeLessThan(1_000_000);
  expect(place.state(id)?.state).toBe('running');
  expect((await place.run(id, 'wc -l < /root/ticks')).code).toBe(0);

  const copy = await place.create({ layers: made.layers });
  const look = `cd /root; stat -c '%a %u %F %h' file link pipe; cat link; stat -c %s sparse; ls /usr/share/common-licenses
    ls /etc/debian_version 2>&1; ls | grep -c utf8; pgrep -c date`;
  const { stdout } = await place.run(copy, look);
  expect(stdout).toBe(
    "4751 1000 regular file 2\n777 0 symbolic link 1\n644 0 fifo 1\ntext\n104857600\nmine\nls: cannot access '/etc/debian_version': No such file or directory\n1\n0\n",
  );
  // Both go their own ways.
  await place.run(copy, 'echo changed > /root/file');
  expect((await place.run(id, 'cat /root/file')).stdout).toBe('text\n');
});

test('paused and stopped sandboxes are copied and stay as they are; a copy of a copy has both', async () => {
  const id = await place.create();
  await place.run(id, 'echo one > /root/one');
  await place.sandboxes.pause(id, 1);
  const first = await snapshotOf(id, 'b');
  expect(place.state(id)?.state).toBe('paused');
  const second = await place.create({ layers: first.layers });
  await place.run(second, 'echo two > /root/two');
  await place.sandboxes.stop(second, 1);
  const both = await snapshotOf(second, 'c');
  expect(place.state(second)?.state).toBe('stopped');
  expect(both.layers).toEqual([...first.layers, both.layers.at(-1)]);
  const third = await place.create({ layers: both.layers });
  expect((await place.run(third, 'cat /root/one /root/two')).stdout).toBe('one\ntwo\n');
  await expect(place.sandboxes.layers.remove(first.layers[1]!)).rejects.toMatchObject({ reason: 'wrong_state' });
  for (const sandbox of [id, second, third]) await place.sandboxes.destroy(sandbox, 1);
  await place.sandboxes.layers.remove(first.layers[1]!);
  await expect(place.create({ layers: first.layers })).rejects.toMatchObject({ reason: 'template_missing' });
});

test('a layer comes to another host in pieces, is compared with its digest, and outlives the agent', async () => {
  const id = await place.create();
  await place.run(id, 'head -c 3000000 /dev/urandom > /root/data; md5sum /root/data > /root/sum');
  const { layers, sizeBytes } = await snapshotOf(id, 'd');
  const digest = layers.at(-1)!;
  const archive = Buffer.concat(await archiveOf(digest));
  expect(sizeOf(await archiveOf(digest, 1_000_000))).toBe(sizeBytes - 1_000_000);
  const receive = (offset: number, data: Uint8Array) =>
    other.sandboxes.layers.receive({ digest, sizeBytes, offset }, of([data]));
  expect(await receive(0, archive.subarray(0, 1_000_000))).toMatchObject({ ready: false });
  await other.reopen();
  expect(await other.sandboxes.layers.prepare(digest)).toEqual({ ready: false, receivedBytes: 1_000_000 });
  await expect(receive(0, archive)).rejects.toMatchObject({ reason: 'wrong_state' });
  expect(await receive(1_000_000, archive.subarray(1_000_000))).toMatchObject({ ready: true });
  await other.reopen();
  expect(other.sandboxes.capabilities().layers).toContain(digest);
  const copy = await other.create({ layers });
  expect((await other.run(copy, 'md5sum -c /root/sum')).stdout).toBe('/root/data: OK\n');

  const wrong = `sha256:${'0'.repeat(64)}`;
  const lie = other.sandboxes.layers.receive({ digest: wrong, sizeBytes: 5, offset: 0 }, of([Buffer.from('12345')]));
  await expect(lie).rejects.toMatchObject({ reason: 'bad_layer' });
  expect(await other.sandboxes.layers.prepare(wrong)).toEqual({ ready: false, receivedBytes: 0 });
});

/** A layer as nobody of ours makes one. */
function craft(script: string): { digest: string; archive: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'muster-crafted-'));
  try {
    mkdirSync(join(directory, 'root'));
    execFileSync('sh', ['-euc', script], { cwd: directory });
    const archive = readFileSync(join(directory, 'layer.tar'));
    return { archive, digest: `sha256:${createHash('sha256').update(archive).digest('hex')}` };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const take = ({ digest, archive }: { digest: string; archive: Buffer }) =>
  other.sandboxes.layers.receive({ digest, sizeBytes: archive.length, offset: 0 }, of([archive]));
const everything = "tar -C root --xattrs '--xattrs-include=*' -cf layer.tar .";

test('a layer with devices, or with marks that the overlay would follow, is refused', async () => {
  const device = craft(`mknod root/disk b 8 0; ${everything}`);
  await expect(take(device)).rejects.toMatchObject({
    reason: 'bad_layer',
    message: expect.stringContaining('disk has a device'),
  });
  const mark = "python3 -c \"import os; os.setxattr('root/d', 'trusted.overlay.opaque', b'x')\"";
  const crafted = craft(`mkdir root/d; ${mark}; ${everything}`);
  await expect(take(crafted)).rejects.toMatchObject({
    reason: 'bad_layer',
    message: expect.stringContaining('a crafted mark'),
  });
  expect(await other.sandboxes.layers.prepare(device.digest)).toEqual({ ready: false, receivedBytes: 0 });
});

test('other crafted attributes do not come in, and nothing is written outside of the layer', async () => {
  const attributes = ['trusted.overlay.redirect', 'trusted.overlay.metacopy', 'user.overlay.redirect', 'user.harmless'];
  const set = `python3 -c "import os; [os.setxattr('root/d/f', name, b'/etc') for name in ${JSON.stringify(attributes).replaceAll('"', "'")}]"`;
  const escape = join(tmpdir(), `muster-escaped-${process.pid}`);
  const script = `
    mkdir root/d; echo in > root/d/f; ${set}; ln -s ${tmpdir()} root/out; ${everything}
    mkdir evil; mkdir evil/out; echo out > evil/out/${escape.split('/').at(-1)}; tar -C evil --append -f layer.tar out/${escape.split('/').at(-1)}
    echo out > evil/x; tar -C evil --append --transform 's#x#../../../../../../..${escape}#' -P -f layer.tar x`;
  const layer = craft(script);
  await take(layer).catch(() => undefined); // refused, or taken without what leads out
  expect(() => readFileSync(escape)).toThrow('ENOENT');

  const plain = craft(`mkdir root/d; echo in > root/d/f; ${set}; ${everything}`);
  expect(await take(plain)).toMatchObject({ ready: true });
  const path = join(other.options.dataDir, 'layers', plain.digest.slice(7), 'root/d/f');
  const names = execFileSync('python3', [
    '-c',
    `import os; print(sorted(os.listxattr(${JSON.stringify(path)})))`,
  ]).toString();
  expect(names).toBe("['user.harmless']\n");
});

test('what unpacks to more than a template may hold is refused, in bytes, holes or files, and leaves nothing on the disk', async () => {
  const limited = await Place.open({ templateMib: 32 });
  const build = (script: string) => {
    const { archive } = craft(script);
    const chunks = of([archive]);
    return limited.sandboxes.layers.build({ kind: 'tarball', chunks }, () => undefined, new AbortController().signal);
  };
  const compressed = 'tar -C root --sparse -czf layer.tar .';
  const refused = {
    reason: 'runtime_failed',
    message: expect.stringContaining('unpacked it takes more than the 32 MiB that templates may have here'),
  };
  try {
    await expect(build(`truncate -s 100M root/zeros; tar -C root -czf layer.tar .`)).rejects.toMatchObject(refused);
    await expect(build(`truncate -s 1G root/hole; ${compressed}`)).rejects.toMatchObject(refused);
    // The volume has 4,096 inodes.
    await expect(build(`cd root; seq 6000 | xargs touch; cd ..; ${compressed}`)).rejects.toMatchObject(refused);
    const digest = await build(`echo small > root/file; ${compressed}`);
    expect(limited.sandboxes.capabilities().layers).toEqual([digest]);
    expect(readdirSync(join(limited.options.dataDir, 'layers/work'))).toEqual([]);
  } finally {
    await limited.close();
  }
});
