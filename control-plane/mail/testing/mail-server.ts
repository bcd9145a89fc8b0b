import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A real mail server on loopback that keeps what it gets, and can be told to misbehave. */
export interface TestMailServer {
  /** For MUSTER_SMTP_URL. */
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
  /** How it answers from now on: `refuse` for ever, `later` for now, `silent` not at all. */
  behaviour: 'take' | 'refuse' | 'later' | 'silent';
  /** Connections so far. */
  readonly connections: number;
  close(): Promise<void>;
}

export interface ReceivedMail {
  readonly to: string;
  readonly from: string;
  /** Headers and bodies as they came. */
  readonly raw: string;
  /** With what mail encodes undone: lines joined, escapes read. */
  readonly text: string;
}

const password = 'of the mail server';

export async function startMailServer(port = 0): Promise<TestMailServer> {
  const mails: ReceivedMail[] = [];
  const state: { behaviour: TestMailServer['behaviour']; connections: number } = { behaviour: 'take', connections: 0 };
  const reply = (responseCode: number, words: string) => Object.assign(new Error(words), { responseCode });
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    closeTimeout: 100,
    onConnect(_session, done) {
      state.connections += 1;
      if (state.behaviour !== 'silent') done();
    },
    onAuth: (auth, _session, done) =>
      auth.username === 'muster' && auth.password === password
        ? done(null, { user: 'muster' })
        : done(reply(535, 'no such user')),
    onRcptTo(_address, _session, done) {
      if (state.behaviour === 'refuse') return done(reply(550, 'no such mailbox'));
      if (state.behaviour === 'later') return done(reply(451, 'come back later'));
      done();
    },
    onData(stream, { envelope }, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const raw = Buffer.concat(parts).toString();
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ to: envelope.rcptTo.map(({ address }) => address).join(), from, raw, text: decoded(raw) });
        done();
      });
    },
  });
  server.on('error', () => {}); // connections that break are what some tests are about
  server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  const address = server.server.address() as AddressInfo; // it listens on a port
  return {
    url: `smtp://muster:${encodeURIComponent(password)}@127.0.0.1:${address.port}`,
    mails,
    get behaviour() {
      return state.behaviour;
    },
    set behaviour(behaviour) {
      state.behaviour = behaviour;
    },
    get connections() {
      return state.connections;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** Quoted-printable undone. */
const decoded = (raw: string) =>
  raw
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
