import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Place } from './testing/place.ts';

let place: Place;
let id: string;
beforeAll(async () => {
  place = await Place.open();
  id = await place.create();
}, 180_000);
afterAll(() => place.close());

const out = async (line: string): Promise<string> => (await place.run(id, `${line} 2>&1`)).stdout.trim();
/** Those of the lines that did not fail. */
async function successful(lines: readonly string[]): Promise<string[]> {
  const codes = await Promise.all(lines.map(async (line) => (await place.run(id, line)).code));
  return lines.filter((_, index) => codes[index] === 0);
}
const hostStatus = (pid: number, field: string): string =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

test('root of a sandbox is nobody on the host, and another nobody in each sandbox', async () => {
  const other = await place.create();
  const [one, two] = [id, other].map((sandbox) => Number(hostStatus(place.pids(sandbox)[0]!, 'Uid').split('\t')[0]));
  expect(one).toBeGreaterThanOrEqual(1_000_000_000);
  expect(Math.abs(one! - two!)).toBeGreaterThanOrEqual(65_536);
  expect(await out('cat /proc/self/uid_map')).toMatch(new RegExp(`^0 +${one} +65536$`));
});

test('only the harmless capabilities are left, and none can be gained', async () => {
  // CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, NET_BIND_SERVICE
  expect(await out('grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status')).toBe(
    [
      'CapInh:\t0000000000000000',
      'CapPrm:\t00000000000004fb',
      'CapEff:\t00000000000004fb',
      'CapBnd:\t00000000000004fb',
      'CapAmb:\t0000000000000000',
      'NoNewPrivs:\t1',
      'Seccomp:\t2',
    ].join('\n'),
  );
  const [init] = place.pids(id);
  expect(hostStatus(init!, 'CapEff')).toBe('00000000000004fb');
  expect([hostStatus(init!, 'NoNewPrivs'), hostStatus(init!, 'Seccomp')]).toEqual(['1', '2']);
});

const namespaces = ['user', 'pid', 'net', 'ipc', 'uts', 'mnt', 'cgroup'];

test('every namespace is its own', () => {
  const [init] = place.pids(id);
  const own = (pid: number | string) => namespaces.map((name) => readlinkSync(`/proc/${pid}/ns/${name}`));
  const host = own('self');
  expect(own(init!).filter((name) => host.includes(name))).toEqual([]);
});

test('programs that open doors fail', async () => {
  const doors = ['mount -t tmpfs x /mnt', 'umount /proc', 'unshare -U true', 'unshare -n true', 'chroot / true'];
  expect(await successful([...doors, 'dmesg', 'hostname other', 'mount -o remount,rw /sys'])).toEqual([]);
});

/** Makes system calls by name and prints how each ends. */
const caller = `
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#define TRY(...) (errno = 0, syscall(__VA_ARGS__) < 0 ? printf(#__VA_ARGS__ ": %s\\n", strerrorname_np(errno)) : printf(#__VA_ARGS__ ": done\\n"))
int main(void) {
  TRY(SYS_keyctl, 0, -3, 0); TRY(SYS_add_key, 0, 0, 0, 0, -3); TRY(SYS_bpf, 0, 0, 0); TRY(SYS_perf_event_open, 0, 0, -1, -1, 0);
  TRY(SYS_mount, 0, 0, 0, 0, 0); TRY(SYS_open_tree, 0, 0, 0); TRY(SYS_fsopen, 0, 0); TRY(SYS_setns, 0, 0);
  TRY(SYS_unshare, CLONE_NEWUSER); TRY(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0); TRY(SYS_clone3, 0, 0);
  TRY(SYS_io_uring_setup, 1, 0); TRY(SYS_userfaultfd, 0); TRY(SYS_kexec_load, 0, 0, 0, 0); TRY(SYS_ptrace, 16, 1, 0, 0);
  TRY(SYS_socket, AF_PACKET, SOCK_RAW, 0); TRY(SYS_socket, AF_VSOCK, SOCK_STREAM, 0); TRY(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0);
  TRY(SYS_personality, 0x0040000); TRY(SYS_socket, AF_INET, SOCK_STREAM, 0);
}
`;

test('system calls that open doors are refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'muster-caller-'));
  const program = join(directory, 'caller');
  execFileSync('cc', ['-xc', '-', '-o', program], { input: caller });
  await place.run(id, { argv: ['sh', '-c', 'cat > /tmp/caller; chmod +x /tmp/caller'], stdin: readFileSync(program) });
  rmSync(directory, { recursive: true });
  const said = (await place.run(id, { argv: ['/tmp/caller'] })).stdout.trim().split('\n');
  const [allowed] = said.filter((line) => !/: (EPERM|ENOSYS)$/.test(line));
  expect(said).toHaveLength(20);
  expect(allowed).toBe('SYS_socket, AF_INET, SOCK_STREAM, 0: done');
  expect(said[0]).toBe('SYS_keyctl, 0, -3, 0: EPERM');
});

test('the filter of system calls is the one that the runtime made of the profile when the agent tried it', () => {
  const { dataDir } = place.options;
  const read = (path: string) => readFileSync(join(dataDir, 'sandboxes', path));
  const { annotations = {}, linux } = JSON.parse(read(`live/${id}-1/config.json`).toString());
  // For a runtime that does not know such filters.
  expect(linux.seccomp).toMatchObject({ defaultAction: 'SCMP_ACT_ERRNO' });
  const isCrun = place.sandboxes.capabilities().runtime.startsWith('crun');
  const filter = isCrun ? read(`runtime/${id}-1/seccomp.bpf`) : undefined;
  expect(annotations).toEqual(filter ? { 'run.oci.seccomp_bpf_data': filter.toString('base64') } : {});
});

test('there is no network but the loopback, and that one works', async () => {
  expect(
    await out('ls /sys/class/net; tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "; tail -n +2 /proc/net/route'),
  ).toBe('lo\nlo');
  expect(await out('cat /sys/class/net/lo/flags')).toBe('0x9');
  expect((await place.run(id, 'curl -sS --max-time 2 http://192.0.2.1/')).code).not.toBe(0);
});

test('what the kernel tells of the host is masked, what configures it is read-only', async () => {
  expect(await out('cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts | wc -c')).toBe('0');
  expect(await out('ls -A /sys/firmware /proc/acpi')).toBe('/proc/acpi:\n\n/sys/firmware:');
  const lines = [
    'echo 1 > /proc/sys/kernel/panic',
    'echo b > /proc/sysrq-trigger',
    'echo x > /sys/kernel/uevent_helper',
    'touch /proc/sys/x',
  ];
  expect(await successful(lines)).toEqual([]);
});

test('no device of the host can be reached', async () => {
  expect((await place.run(id, 'mknod /tmp/disk b 7 0')).code).not.toBe(0);
  expect((await place.run(id, 'mknod /dev/mem2 c 1 1')).code).not.toBe(0);
  expect(await out('ls /dev | tr "\\n" " "')).toBe(
    'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero',
  );
  expect(await out('echo x > /dev/null; head -c 2 /dev/zero | wc -c; ls -l /proc/self/fd | wc -l')).toMatch(/^2\n\d+$/);
});

test('the host keeps its own /dev/null', () => {
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(place.options.dataDir);
  const [init] = place.pids(id);
  expect(readlinkSync(`/proc/${init}/fd/0`)).toMatch(/^pipe:/);
});

test('the init cannot be looked into, signalled or replaced', async () => {
  const lines = [
    'cat /proc/1/environ',
    'ls -l /proc/1/fd/3',
    'cat /proc/1/maps',
    'readlink /proc/1/exe',
    'echo x > /proc/1/mem',
    'cat /proc/1/root/etc/passwd',
  ];
  expect(await successful(lines)).toEqual([]);
  expect((await place.run(id, 'echo x > /dev/.muster-init')).code).not.toBe(0);
  expect((await place.run(id, 'rm -f /dev/.muster-init')).code).not.toBe(0);
  await place.run(id, 'kill -KILL 1; kill -TERM 1; kill -STOP 1; kill -SEGV 1');
  expect(await out('echo still there')).toBe('still there');
});

test('files of a sandbox are its own, and the template stays as it was', async () => {
  const other = await place.create();
  await place.run(id, 'echo mine > /etc/mine; rm /etc/passwd; chown 12:34 /etc/shells');
  expect(await out('ls -ln /etc/shells | cut -d" " -f3,4; cat /etc/mine')).toBe('12 34\nmine');
  expect(
    (await place.run(other, 'test -e /etc/passwd && test ! -e /etc/mine && stat -c %u:%g /etc/shells')).stdout,
  ).toBe('0:0\n');
});

test('set-user-id programs and device files of the template are powerless', async () => {
  expect(await out('grep " / " /proc/mounts | grep -c nosuid,nodev')).toBe('1');
  expect((await place.run(id, { argv: ['sh', '-c', 'cp /usr/bin/id /tmp/id; id -u'], user: '0' })).stdout).toBe('0\n');
  await place.run(id, 'cp /usr/bin/id /tmp/id && chmod 4755 /tmp/id');
  expect((await place.run(id, { argv: ['/tmp/id', '-u'], user: '1234' })).stdout).toBe('1234\n');
});
