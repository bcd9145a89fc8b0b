import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  ImportedRowState,
  TesterState as WireState,
  TesterStepKind,
  TesterStepState,
  type ImportTestersResponseSchema,
  type TesterSchema,
  type TesterStepSchema,
} from '#proto/muster/v1/tester_pb.js';
import type { Imported, ImportedRow } from './import.ts';
import { stepKinds, testerStates, type Step, type StepKind, type Tester, type TesterState } from './tester.ts';

const wireKinds = {
  account: TesterStepKind.ACCOUNT,
  team: TesterStepKind.TEAM,
  keys: TesterStepKind.KEYS,
  machine: TesterStepKind.MACHINE,
  sandbox: TesterStepKind.SANDBOX,
  welcome: TesterStepKind.WELCOME,
} as const satisfies Record<StepKind, TesterStepKind>;

const wireStepStates = {
  waiting: TesterStepState.WAITING,
  running: TesterStepState.RUNNING,
  done: TesterStepState.DONE,
  skipped: TesterStepState.SKIPPED,
  failed: TesterStepState.FAILED,
} as const satisfies Record<Step['state'], TesterStepState>;

const wireStates = {
  provisioning: WireState.PROVISIONING,
  ready: WireState.READY,
  failed: WireState.FAILED,
  removing: WireState.REMOVING,
  removal_failed: WireState.REMOVAL_FAILED,
} as const satisfies Record<TesterState, WireState>;

/** Undefined where none is named. */
export const kindFrom = (kind: TesterStepKind): StepKind | undefined =>
  stepKinds.find((name) => wireKinds[name] === kind);

/** Undefined where none is named. */
export const stateFrom = (state: WireState): TesterState | undefined =>
  testerStates.find((name) => wireStates[name] === state);

export const stateTo = (state: TesterState): WireState => wireStates[state];

export const testerToProto = (tester: Tester): MessageInitShape<typeof TesterSchema> => ({
  id: tester.id,
  name: tester.name,
  email: tester.email,
  state: wireStates[tester.state],
  steps: tester.steps.map(stepToProto),
  userId: tester.userId ?? '',
  accountMade: tester.accountMade,
  teamId: tester.teamId ?? '',
  teamName: tester.teamName ?? '',
  template: tester.template,
  sandboxId: tester.sandboxId ?? '',
  hostId: tester.hostId ?? '',
  hostName: tester.hostName ?? '',
  addedBy: tester.addedBy,
  addedAt: timestampFromDate(tester.addedAt),
  ...(tester.lastSeenAt && { lastSeenAt: timestampFromDate(tester.lastSeenAt) }),
  revision: BigInt(tester.revision),
});

const stepToProto = (step: Step): MessageInitShape<typeof TesterStepSchema> => ({
  kind: wireKinds[step.kind],
  state: wireStepStates[step.state],
  sentence: step.sentence,
  ...(step.startedAt && { startedAt: timestampFromDate(step.startedAt) }),
  ...(step.endedAt && { endedAt: timestampFromDate(step.endedAt) }),
  ...(step.state === 'running' && { nextAttemptAt: timestampFromDate(step.nextAttemptAt) }),
});

const rowStates = {
  new: ImportedRowState.NEW,
  exists: ImportedRowState.EXISTS,
  wrong: ImportedRowState.WRONG,
} as const satisfies Record<ImportedRow['state'], ImportedRowState>;

export function importedToProto({ rows, done }: Imported): MessageInitShape<typeof ImportTestersResponseSchema> {
  const count = (state: ImportedRow['state']) => rows.filter((row) => row.state === state).length;
  return {
    rows: rows.map(({ line, email, name, template, host, state, problems }) => ({
      line,
      email,
      name,
      template,
      host,
      state: rowStates[state],
      problems,
    })),
    added: count('new'),
    existing: count('exists'),
    wrong: count('wrong'),
    done,
  };
}
