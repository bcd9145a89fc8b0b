import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Outcome } from '../../sandboxes/testing/place.ts';
import type { NetworkPolicy } from '../policy.ts';
import type { Order } from './driver.ts';

let worlds = 0;

/** Addresses of the world outside: one for everybody, one that is private, one that clouds have for metadata. */
export const outside = {
  public: '203.0.113.7',
  other: '203.0.113.8',
  private: '10.99.0.7',
  metadata: '169.254.169.254',
};
/** Of the machine itself, towards the world. */
export const machineAddress = '203.0.113.1';

/**
 * A machine with sandboxes and the world outside, each in a network namespace of its own, with real servers: nothing of it
 * touches the network of whoever runs the test.
 */
export class World {
  readonly #machine: string;
  readonly #outside: string;
  readonly #children: ChildProcess[] = [];
  readonly #answers = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  #driver: ChildProcess | undefined;
  #lastOrder = 0;
  #ended: Promise<unknown> | undefined;

  private constructor() {
    worlds += 1;
    this.#machine = `muster-m${process.pid}-${worlds}`;
    this.#outside = `muster-o${process.pid}-${worlds}`;
  }

  static async open(): Promise<World> {
    const world = new World();
    const [machine, away] = [world.#machine, world.#outside];
    ip(`netns add ${machine}`);
    ip(`netns add ${away}`);
    // A new network inherits it from the one of whoever runs the test.
    world.onMachine('sysctl', '-qw', 'net.ipv4.ip_forward=0');
    ip(`-n ${machine} link set lo up`);
    ip(`-n ${away} link set lo up`);
    ip(`-n ${machine} link add up0 type veth peer name world0 netns ${away}`);
    ip(`-n ${machine} addr add ${machineAddress}/24 dev up0`);
    ip(`-n ${machine} addr add fd00:7::1/64 dev up0 nodad`);
    ip(`-n ${machine} link set up0 up`);
    for (const address of Object.values(outside)) ip(`-n ${away} addr add ${address}/24 dev world0`);
    ip(`-n ${away} addr add fd00:7::7/64 dev world0 nodad`);
    ip(`-n ${away} link set world0 up`);
    ip(`-n ${machine} route add default via ${outside.public}`);
    // Servers that answer with the address that they were asked under and who asked.
    await world.#serve(away, ['::', 80], ['::', 81]);
    await world.#serve(machine, ['::', 7080], ['127.0.0.1', 7081]);
    const driver = fileURLToPath(new URL('./driver.ts', import.meta.url));
    const child = world.#enter(machine, [process.execPath, driver, outside.public], 'ipc');
    world.#driver = child;
    child.on('message', (message) => world.#hear(message as { id: number; answer?: unknown; problem?: string }));
    await new Promise<void>((resolve, reject) => {
      world.#answers.set(0, { resolve: () => resolve(), reject });
      child.once('exit', () => reject(new Error('the driver ended')));
    });
    return world;
  }

  /** Serves the files of a directory by HTTP in the world outside. */
  async serveFiles(directory: string, port: number): Promise<void> {
    const child = this.#enter(this.#outside, [process.execPath, '-e', fileServer, directory, String(port)], 'ignore');
    await once(child.stdout!, 'data');
  }

  async create(network: NetworkPolicy): Promise<string> {
    return (await this.tell({ do: 'create', network })) as string;
  }

  async run(sandboxId: string, command: string): Promise<Outcome> {
    return (await this.tell({ do: 'run', sandboxId, command })) as Outcome;
  }

  /** What the driver answers. Its orders say themselves of which kind that is. */
  tell(order: Order): Promise<unknown> {
    this.#lastOrder += 1;
    const id = this.#lastOrder;
    this.#driver!.send({ id, order });
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  /** What a program says in the machine's network. */
  onMachine(...command: string[]): string {
    return execFileSync('nsenter', [`--net=/run/netns/${this.#machine}`, ...command], { encoding: 'utf8' });
  }

  /** Destroys all sandboxes and ends their agent. */
  async endAgent(): Promise<void> {
    this.#ended ??= this.tell({ do: 'close' });
    await this.#ended;
  }

  async close(): Promise<void> {
    await this.endAgent().finally(async () => {
      for (const child of this.#children) {
        const ended = child.exitCode === null ? once(child, 'exit') : undefined;
        child.kill();
        await ended;
      }
      ip(`netns del ${this.#machine}`);
      ip(`netns del ${this.#outside}`);
    });
  }

  #enter(namespace: string, command: string[], how: 'ipc' | 'ignore'): ChildProcess {
    const child = spawn('nsenter', [`--net=/run/netns/${namespace}`, ...command], {
      stdio: how === 'ipc' ? ['ignore', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    return child;
  }

  async #serve(namespace: string, ...places: [address: string, port: number][]): Promise<void> {
    const child = this.#enter(namespace, [process.execPath, '-e', server, JSON.stringify(places)], 'ignore');
    await once(child.stdout!, 'data');
  }

  #hear({ id, answer, problem }: { id: number; answer?: unknown; problem?: string }): void {
    const waiting = this.#answers.get(id);
    this.#answers.delete(id);
    if (problem === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(problem));
  }
}

const ip = (line: string): void => void execFileSync('ip', line.split(' '));

/** TCP servers that say where they are and who asks; and one that answers every question about names with 203.0.113.7. */
const server = `
const net = require('node:net'), dgram = require('node:dgram');
for (const [address, port] of JSON.parse(process.argv[1]))
  net.createServer((c) => { c.on('error', () => {}); c.end('at ' + c.localAddress + ' from ' + c.remoteAddress + '\\n'); }).listen(port, address);
const answerTo = (question) => {
  const end = question.indexOf(0, 12) + 5;
  const isA = question.readUInt16BE(end - 4) === 1;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(0x8180, 2); head.writeUInt16BE(isA ? 1 : 0, 6); head.writeUInt16BE(0, 8); head.writeUInt16BE(0, 10);
  const answer = Buffer.from('c00c00010001000000050004cb007107', 'hex');
  return Buffer.concat([head, question.subarray(12, end), ...(isA ? [answer] : [])]);
};
net.createServer((c) => {
  c.on('error', () => {});
  let held = Buffer.alloc(0);
  c.on('data', (piece) => {
    held = Buffer.concat([held, piece]);
    for (let size; held.length > 2 && held.length >= 2 + (size = held.readUInt16BE(0)); held = held.subarray(2 + size)) {
      const said = answerTo(held.subarray(2, 2 + size));
      c.write(Buffer.concat([Buffer.from([said.length >> 8, said.length & 255]), said]));
    }
  });
}).listen(53, '::');
const names = dgram.createSocket('udp4');
names.on('message', (question, from) => names.send(answerTo(question), from.port, from.address));
names.bind(53, () => console.log('ready'));
`;

const fileServer = `
const [directory, port] = process.argv.slice(1);
require('node:http').createServer(({ url }, answer) => {
  require('node:fs').readFile(directory + url, (error, bytes) => answer.writeHead(error ? 404 : 200).end(bytes));
}).listen(Number(port), () => console.log('ready'));
`;
