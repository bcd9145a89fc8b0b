import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { connect, createServer, isIP, type Server, type Socket } from 'node:net';

/** Where questions about names are passed on to. */
export type Nameservers = () => Promise<readonly string[]>;

const port = 53;
/** Where sandboxes' questions are led to, on the machine's end of their links. */
export const resolverPort = 53_530;
const answerMs = 5000;
/** Of one sandbox at once; what is more is dropped, and asked again by whoever wants to know. */
const maxQuestions = 64;
const maxConnections = 16;
const idleMs = 10_000;

/** The machine's own, as its configuration says at this moment. */
export const machineNameservers: Nameservers = async () => {
  const lines = (await readFile('/etc/resolv.conf', 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    return address !== undefined && isIP(address.replace(/%.*$/, '')) ? [address] : [];
  });
};

/**
 * Answers a sandbox's questions about names, on the machine's end of its link: it passes them on as they are. So names
 * work whatever the machine uses itself, also a resolver that listens on its loopback only.
 */
export class Resolver {
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #nameservers: Nameservers;
  readonly #open = new Set<{ destroy(): void }>();

  private constructor(nameservers: Nameservers) {
    this.#nameservers = nameservers;
    this.#udp = createSocket('udp4');
    this.#udp.on('message', (question, from) => void this.#ask(question, from));
    this.#tcp = createServer({ allowHalfOpen: true }, (socket) => void this.#carry(socket));
    this.#tcp.maxConnections = maxConnections;
  }

  /** Listens there. Throws where that is not possible. */
  static async open(address: string, nameservers: Nameservers): Promise<Resolver> {
    const resolver = new Resolver(nameservers);
    try {
      await Promise.all([
        new Promise<void>((resolve, reject) => {
          resolver.#udp.once('error', reject);
          resolver.#udp.bind({ address, port: resolverPort, exclusive: true }, resolve);
        }),
        new Promise<void>((resolve, reject) => {
          resolver.#tcp.once('error', reject);
          resolver.#tcp.listen({ host: address, port: resolverPort }, resolve);
        }),
      ]);
    } catch (error) {
      resolver.close();
      throw error;
    }
    // A link that goes away under its sockets is the end of its sandbox.
    resolver.#udp.on('error', () => undefined);
    resolver.#tcp.on('error', () => undefined);
    return resolver;
  }

  close(): void {
    for (const one of this.#open) one.destroy();
    this.#udp.close();
    this.#tcp.close();
  }

  /** Each question has a socket and with it a port of its own, which whoever would forge an answer has to guess. */
  async #ask(question: Buffer, from: RemoteInfo): Promise<void> {
    if (this.#open.size >= maxQuestions) return;
    const asked = { destroy: (): void => undefined };
    this.#open.add(asked);
    try {
      for (const nameserver of await this.#nameservers()) {
        const answer = await askOver(nameserver, question, asked);
        if (!answer) continue;
        this.#udp.send(answer, from.port, from.address, () => undefined);
        return;
      }
    } finally {
      this.#open.delete(asked);
    }
  }

  async #carry(guest: Socket): Promise<void> {
    guest.on('error', () => guest.destroy());
    this.#open.add(guest);
    guest.once('close', () => this.#open.delete(guest));
    const [nameserver] = await this.#nameservers();
    if (nameserver === undefined || guest.destroyed) return void guest.destroy();
    const upstream = connect({ host: nameserver, port, allowHalfOpen: true });
    for (const [one, other] of [
      [guest, upstream],
      [upstream, guest],
    ] as const) {
      one.setTimeout(idleMs, () => one.destroy());
      one.on('error', () => one.destroy());
      one.once('close', () => other.destroy());
      one.pipe(other);
    }
  }
}

/** The answer of one nameserver; undefined where there is none in time. */
function askOver(nameserver: string, question: Buffer, asked: { destroy: () => void }): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIP(nameserver.replace(/%.*$/, '')) === 6 ? 'udp6' : 'udp4');
    const end = (answer?: Buffer) => {
      clearTimeout(timer);
      asked.destroy = () => undefined;
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(end, answerMs);
    asked.destroy = () => end();
    socket.on('error', () => end());
    socket.on('message', (answer) => {
      // Only what answers this question: the first two bytes are its number.
      if (answer.length > 2 && answer.subarray(0, 2).equals(question.subarray(0, 2))) end(answer);
    });
    socket.connect(port, nameserver, () => socket.send(question));
  });
}
