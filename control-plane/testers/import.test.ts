import { Code } from '@connectrpc/connect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ImportedRowState, TesterState } from '#proto/muster/v1/tester_pb.js';
import type { Context } from '../context.ts';
import { openFeatures } from '../features.ts';
import { startSimulatedFleet, type SimulatedFleet } from '../hosts/testing/simulated-fleet.ts';
import type { Loop } from '../loops/index.ts';
import { startMailServer, type TestMailServer } from '../mail/testing/mail-server.ts';
import { failureOf } from '../testing/index.ts';
import { readCsv } from './csv.ts';

let mail: TestMailServer;
let fleet: SimulatedFleet;
/** Steps are carried out when the test says so. */
let reconcile: Loop;
beforeAll(async () => {
  mail = await startMailServer();
  fleet = await startSimulatedFleet(1, {
    env: { MUSTER_SMTP_URL: mail.url, MUSTER_MAIL_FROM: 'muster@example.com' },
    features(services) {
      const features = openFeatures(services);
      const ours = ({ name }: Loop) => name === 'testers.reconcile';
      reconcile = features.loops.find(ours)!; // there is one
      return { ...features, loops: features.loops.filter((loop) => !ours(loop)) };
    },
  });
});
afterAll(async () => {
  await fleet?.stop();
  await mail?.close();
});

const api = () => fleet.plane.admin.clients.testers;
const count = async () => (await fleet.plane.services.pool`select from testers`).length;
const forgetAll = () => fleet.plane.services.pool`delete from testers`;

test.each([
  [
    'a,b\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a;b\n1,5;2\n',
    [
      ['a', 'b'],
      ['1,5', '2'],
    ],
  ],
  [
    'a\tb\n"x\ty"\tz',
    [
      ['a', 'b'],
      ['x\ty', 'z'],
    ],
  ],
  [
    'a,b\n"say ""hi"", twice\nor so", 2 \n\n,\n3,4',
    [
      ['a', 'b'],
      ['say "hi", twice\nor so', '2'],
      ['3', '4'],
    ],
  ],
  ['a\n"never closed\nb', [['a'], ['never closed\nb']]],
  ['', []],
])('a CSV is read as spreadsheets write it: %j', (text, cells) =>
  expect(readCsv(text).map((line) => line.cells)).toEqual(cells),
);

test('all problems of all rows are answered at once, and nobody is brought in', async () => {
  const csv = [
    '\u{feff}Name;E-Mail\r'.replace('E-Mail', 'email'),
    'Ada;ada@testers.example\r',
    'Grace;grace at example\r',
    ';nobody@testers.example\r',
    '"Ada; the second";ADA@testers.example\r',
    'Far;far@testers.example;too;many\r',
    '\r',
  ].join('\n');
  const answer = await api().importTesters({ csv });
  expect(answer.rows.map(({ line, problems }) => [line, problems])).toEqual([
    [2, []],
    [3, [expect.stringMatching(/^email: /)]],
    [4, [expect.stringMatching(/^name: /)]],
    [5, ['The address stands in line 2, too.']],
    [6, ['It has more cells than there are columns.']],
  ]);
  expect([answer.done, answer.added, answer.wrong, await count()]).toEqual([false, 1, 4, 0]);
  const valid = await api().importTesters({ csv, onlyValid: true });
  expect([valid.done, valid.added, valid.wrong, await count()]).toEqual([true, 1, 4, 1]);
  const again = await api().importTesters({
    csv: 'email,name,host\nada@testers.example,Ada,\nx@testers.example,X,none',
  });
  expect(again.rows.map(({ state }) => state)).toEqual([ImportedRowState.EXISTS, ImportedRowState.WRONG]);
  expect(again.rows[1]!.problems).toEqual(['The platform has no machine none.']);
  await forgetAll();
});

test.each([
  ['no columns', 'ada@testers.example,Ada'],
  ['a column that there is none of', 'email,name,colour\na@testers.example,A,red'],
  ['a column twice', 'email,name,email\na@testers.example,A,b@testers.example'],
  ['nobody', 'email,name\n'],
  ['too many', `email,name\n${Array.from({ length: 10_001 }, (_, number) => `t${number}@x.example,T`).join('\n')}`],
])('a CSV with %s is refused in a sentence', async (_, csv) => {
  const failure = await failureOf(api().importTesters({ csv }));
  expect([failure.code, failure.rawMessage]).toEqual([Code.InvalidArgument, expect.stringMatching(/^csv: /)]);
});

test('10,000 rows are judged and brought in at once, each with its audit row; the same again changes nothing', async () => {
  const lines = Array.from({ length: 10_000 }, (_, number) => `Tester ${number},t${number}@testers.example`);
  const csv = ['name,email', ...lines].join('\n');
  expect(await api().importTesters({ csv })).toMatchObject({ added: 10_000, wrong: 0, done: true });
  expect(await api().importTesters({ csv })).toMatchObject({ added: 0, existing: 10_000, done: true });
  const page = await api().listTesters({ pageSize: 1000, state: TesterState.PROVISIONING });
  expect([page.testers.length, page.nextPageToken !== '', page.counts]).toMatchObject([
    1000,
    true,
    [{ state: TesterState.PROVISIONING, testers: 10_000 }],
  ]);
  expect((await api().listTesters({ search: 'T4711@' })).testers).toMatchObject([{ name: 'Tester 4711' }]);
  const audited = await fleet.plane.services.pool`
    select from audit_events where action = 'tester.add' and target in (select id from testers)`;
  expect(audited).toHaveLength(10_000);
  await forgetAll();
});

/** A context that is cut off after so many statements and parts of statements, like a process that is killed there. */
function mortal(context: Context, uses: number): Context {
  const death = new AbortController();
  let left = uses;
  const use = () => {
    left -= 1;
    if (left < 0) death.abort();
    death.signal.throwIfAborted();
  };
  const sql = new Proxy(context.sql, {
    apply(target, self, parts) {
      use();
      const query: unknown = Reflect.apply(target, self, parts);
      return query;
    },
  });
  return {
    ...context,
    sql,
    signal: AbortSignal.any([context.signal, death.signal]),
    async transaction(work) {
      use();
      const result = await context.transaction(work);
      use();
      return result;
    },
  };
}

test('whoever carries out steps can be killed at any line: everything is there once in the end, and gone after removal', async () => {
  const { pool } = fleet.plane.services;
  const { context } = fleet.plane;
  const asked = { email: 'often@testers.example', name: 'Often', limits: { memoryMib: 64, diskMib: 64 } };
  const { tester } = await api().addTester(asked);
  /** Is killed at another place each time. */
  const live = async (isOver: () => Promise<boolean>) => {
    for (let turn = 0; !(await isOver()); turn += 1) {
      await pool`update tester_steps set next_attempt_at = now() where state = 'running'`;
      await pool`update mail_outbox set next_attempt_at = now() where sealed is not null`;
      await reconcile.run(mortal(context, 8 + ((turn * 7) % 90))).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const stateOf = async () => (await api().listTesters({})).testers[0]?.state;
  await live(async () => (await stateOf()) === TesterState.READY);
  const [made] = await pool`
    select (select count(*)::int from users where email_key = ${asked.email}) as users,
      (select count(*)::int from teams where name = 'Often''s team') as teams,
      (select count(*)::int from sandboxes join teams on teams.id = team_id where teams.name = 'Often''s team') as sandboxes`;
  expect(made).toEqual({ users: 1, teams: 1, sandboxes: 1 });
  expect(mail.mails.filter(({ to }) => to === asked.email)).toHaveLength(1);
  await api().removeTester({ testerId: tester!.id, confirmName: 'Often' });
  await live(async () => (await stateOf()) === undefined);
  const [left] = await pool`
    select (select count(*)::int from users where email_key = ${asked.email}) as users,
      (select count(*)::int from sandboxes where wanted <> 'destroyed') as sandboxes,
      (select count(*)::int from testers) as testers`;
  expect(left).toEqual({ users: 0, sandboxes: 0, testers: 0 });
});
