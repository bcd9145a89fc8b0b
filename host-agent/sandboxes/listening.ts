import { readdir, readFile, readlink } from 'node:fs/promises';
import type { ListeningPort } from './types.ts';

/** More are not told. */
const maxPorts = 1000;
/** Whose open files are looked through for the names of who listens. */
const maxProcesses = 500;
const maxFiles = 4096;

/** Addresses that a connection from the sandbox's own loopback reaches, as the kernel's tables write them. */
const reachable: Readonly<Record<string, string>> = {
  '0100007F': '127.0.0.1',
  '00000000': '0.0.0.0',
  '00000000000000000000000001000000': '::1',
  '00000000000000000000000000000000': '::',
};
const listens = '0A';

interface Row {
  readonly port: number;
  readonly address: string;
  readonly inode: string;
}

/** TCP ports that something listens on, in the network that these processes share. */
export async function listeningPorts(pids: readonly number[]): Promise<ListeningPort[]> {
  const [first] = pids;
  if (first === undefined) return [];
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readTable(`/proc/${first}/net/${name}`)));
  const rows = tables.flat().toSorted((a, b) => a.port - b.port);
  const names = await namesOf(new Set(rows.map(({ inode }) => inode)), pids);
  const ports = new Map<number, { port: number; addresses: string[]; process: string }>();
  for (const { port, address, inode } of rows) {
    const known = ports.get(port) ?? { port, addresses: [], process: '' };
    known.addresses.push(address);
    known.process ||= names.get(inode) ?? '';
    ports.set(port, known);
  }
  return [...ports.values()].slice(0, maxPorts);
}

async function readTable(path: string): Promise<Row[]> {
  const text = await readFile(path, 'utf8').catch(() => ''); // it has just ended
  return text.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address, port] = local?.split(':') ?? [];
    const name = address === undefined ? undefined : reachable[address];
    if (state !== listens || name === undefined || port === undefined || inode === undefined) return [];
    return [{ port: Number.parseInt(port, 16), address: name, inode }];
  });
}

/** The name of the process that holds each of these sockets. */
async function namesOf(inodes: ReadonlySet<string>, pids: readonly number[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const pid of pids.slice(0, maxProcesses)) {
    if (names.size === inodes.size) break;
    const held = await socketsOf(pid);
    const found = held.filter((inode) => inodes.has(inode) && !names.has(inode));
    if (found.length === 0) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    for (const inode of found) names.set(inode, name);
  }
  return names;
}

async function socketsOf(pid: number): Promise<string[]> {
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    files.slice(0, maxFiles).map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')),
  );
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
