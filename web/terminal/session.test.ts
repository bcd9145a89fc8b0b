import { Code, ConnectError, createRouterTransport } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { TerminalSession, type SessionState } from './session.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A process of the same contract, in memory: what it gets as input it writes, and it forgets what is old. */
class Echo {
  written = '';
  oldest = 0;
  /** By writer. */
  taken = new Map<string, number>();
  sizes: string[] = [];
  calls: string[] = [];
  exit: number | undefined;
  /** Ends the streams that are open. */
  cut = () => {};
  /** Loses the next answers, after they have taken effect or before. */
  lose: { readonly when: 'before' | 'after'; readonly code: Code }[] = [];
  told: (() => void)[] = [];

  change(text: string, exit?: number): void {
    this.written += text;
    this.exit = exit;
    this.told.splice(0).forEach((tell) => tell());
  }

  readonly transport = transportTo(this);
}

const transportTo = (echo: Echo) =>
  createRouterTransport(({ rpc }) => {
    const { attachProcess, sendInput, resizeTerminal } = ProcessService.method;
    rpc(attachProcess, async function* ({ offset }) {
      let broken = false;
      const breaking = new Promise<void>((resolve) => {
        echo.cut = () => {
          broken = true;
          resolve();
        };
      });
      let at = Math.max(Number(offset ?? 0n), 0);
      const process = {
        outputOffset: BigInt(echo.written.length),
        oldestOffset: BigInt(echo.oldest),
      };
      yield { event: { case: 'attached' as const, value: process } };
      if (offset === undefined) at = echo.oldest;
      if (at < echo.oldest) {
        yield { event: { case: 'gap' as const, value: { from: BigInt(at), to: BigInt(echo.oldest) } } };
        at = echo.oldest;
      }
      while (true) {
        if (broken) throw new ConnectError('gone', Code.Unavailable);
        if (at < echo.written.length) {
          const [from, text] = [at, echo.written.slice(at)];
          // More may be written before the reader comes back.
          at += text.length;
          const data = { case: 'stdout' as const, value: encode(text) };
          yield { event: { case: 'output' as const, value: { offset: BigInt(from), data } } };
        } else if (echo.exit !== undefined) {
          yield { event: { case: 'exit' as const, value: { code: echo.exit } } };
          return;
        } else await Promise.race([breaking, new Promise<void>((resolve) => echo.told.push(resolve))]);
      }
    });
    rpc(sendInput, ({ data, writer, writerOffset }) => {
      const lost = echo.lose.shift();
      if (lost?.when === 'before') throw new ConnectError('lost', lost.code);
      const before = echo.taken.get(writer) ?? 0;
      const fresh = decode(data).slice(before - Number(writerOffset));
      echo.calls.push(fresh);
      echo.taken.set(writer, before + fresh.length);
      echo.change(fresh);
      if (lost?.when === 'after') throw new ConnectError('lost', lost.code);
      return { writerOffset: BigInt(before + fresh.length) };
    });
    rpc(resizeTerminal, ({ terminal }) => {
      echo.sizes.push(`${terminal?.cols}x${terminal?.rows}`);
      return {};
    });
  });

function attach(echo: Echo) {
  const shown = { text: '', replayed: '', notes: [] as string[], states: [] as SessionState[] };
  const session = new TerminalSession({
    transport: echo.transport,
    sandboxId: 'sbx000000000000',
    processId: 'proc000000000000',
    screen: {
      write: (bytes, replayed) => {
        shown.text += decode(bytes);
        if (replayed) shown.replayed += decode(bytes);
        return Promise.resolve();
      },
      note: (text) => shown.notes.push(text),
    },
    onChange: (state) => shown.states.push(state),
    wait: () => Promise.resolve(),
  });
  return { session, shown, ended: session.attach() };
}

test('keys arrive in order, however fast they are typed, in few calls', async () => {
  const echo = new Echo();
  const { session, shown } = attach(echo);
  const typed = 'the quick brown fox'.repeat(20);
  for (const letter of typed) session.type(encode(letter));
  await expect.poll(() => shown.text).toBe(typed);
  expect(echo.calls.length).toBeLessThan(10);
  session.detach();
});

test('a call that was lost in whatever way is repeated, and nothing arrives twice, though others type there, too', async () => {
  const echo = new Echo();
  const [mine, other] = [attach(echo), attach(echo)];
  // The very first one: nothing is known of the process yet.
  echo.lose = [{ when: 'after', code: Code.Unavailable }];
  mine.session.type(encode('first '));
  await expect.poll(() => mine.shown.text).toBe('first ');
  other.session.type(encode('other '));
  await expect.poll(() => mine.shown.text).toBe('first other ');
  const codes = [Code.Unknown, Code.Canceled, Code.DeadlineExceeded, Code.Internal, Code.ResourceExhausted];
  echo.lose = codes.flatMap((code) => (['before', 'after'] as const).map((when) => ({ when, code })));
  mine.session.type(encode('second '));
  mine.session.type(encode('third'));
  await expect.poll(() => mine.shown.text).toBe('first other second third');
  expect(mine.shown.notes).toEqual([]);
  mine.session.detach();
  other.session.detach();
});

test('what nobody will take is said, and not sent again', async () => {
  const echo = new Echo();
  const { session, shown } = attach(echo);
  echo.lose = [{ when: 'before', code: Code.FailedPrecondition }];
  session.type(encode('into nothing'));
  await expect.poll(() => shown.notes).toEqual(['What was typed did not arrive.']);
  session.type(new Uint8Array(4 * 1024 * 1024 + 1));
  expect(shown.notes).toHaveLength(2);
  expect(echo.written).toBe('');
  session.detach();
});

test('after a broken stream it goes on where it was, and says what is missing', async () => {
  const echo = new Echo();
  echo.written = 'before';
  const { session, shown } = attach(echo);
  await expect.poll(() => shown.text).toBe('before');
  expect(shown.replayed).toBe('before');
  echo.change(' and');
  await expect.poll(() => shown.text).toBe('before and');
  expect(shown.replayed).toBe('before');
  echo.cut();
  await expect.poll(() => shown.states.some(({ phase }) => phase === 'broken')).toBe(true);
  echo.written += ' lost after';
  echo.oldest = 'before and lost'.length;
  echo.cut();
  await expect.poll(() => shown.text).toBe('before and after');
  expect(shown.notes).toEqual(['5 bytes of output are not kept any more.']);
  session.detach();
});

test('the end tells its code, and nothing is sent any more', async () => {
  const echo = new Echo();
  const { session, shown, ended } = attach(echo);
  await expect.poll(() => shown.states.at(-1)?.phase).toBe('live');
  echo.change('bye', 3);
  await ended;
  expect(shown.text).toBe('bye');
  expect(shown.states.at(-1)?.exit?.code).toBe(3);
  session.type(encode('x'));
  expect(echo.calls).toEqual([]);
});

test('of many sizes in a row the last one counts', async () => {
  const echo = new Echo();
  const { session } = attach(echo);
  for (let cols = 80; cols < 100; cols += 1) session.resize({ cols, rows: 24 });
  await expect.poll(() => echo.sizes.at(-1)).toBe('99x24');
  expect(echo.sizes.length).toBeLessThan(6);
  session.detach();
});
