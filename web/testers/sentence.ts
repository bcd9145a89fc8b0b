import {
  TesterState,
  TesterStepState,
  type ImportTestersResponse,
  type RemoveTesterResponse,
  type Tester,
  type TesterCount,
} from '#proto/muster/v1/tester_pb.js';
import { stepNames } from './looks.ts';

const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

/** How it stands with all of them. */
export function testersSentence(counts: readonly TesterCount[]): string {
  const count = (...states: TesterState[]) =>
    counts.filter(({ state }) => states.includes(state)).reduce((sum, { testers }) => sum + testers, 0);
  const all = counts.reduce((sum, { testers }) => sum + testers, 0);
  if (all === 0) return 'Nobody was brought in yet.';
  const [ready, failed] = [count(TesterState.READY), count(TesterState.FAILED, TesterState.REMOVAL_FAILED)];
  const [coming, going] = [count(TesterState.PROVISIONING), count(TesterState.REMOVING)];
  const parts = [
    failed > 0 && `${failed} cannot go on`,
    coming > 0 && `${coming} ${coming === 1 ? 'is' : 'are'} on the way`,
    going > 0 && `${going} ${going === 1 ? 'is' : 'are'} being removed`,
  ].filter(Boolean);
  const begin =
    ready === all ? `All ${counted(all, 'tester')} can work` : `${ready} of ${counted(all, 'tester')} can work`;
  return parts.length === 0 ? `${all === 1 ? 'The one tester can work' : begin}.` : `${begin}; ${parts.join(', ')}.`;
}

/** How it stands with one of them: what failed, else what is under way. */
export function testerSentence({ state, steps }: Tester): string {
  const failed = steps.find((step) => step.state === TesterStepState.FAILED);
  if (failed) return `${stepNames[failed.kind]}: ${failed.sentence}`;
  const going = state === TesterState.REMOVING;
  const done = steps.filter((step) => step.state === TesterStepState.DONE || step.state === TesterStepState.SKIPPED);
  if (state === TesterState.READY) return 'Everything is there.';
  return `${done.length} of ${steps.length} steps ${going ? 'undone' : 'done'}.`;
}

/** What a CSV comes to. */
export function importSentence({ added, existing, wrong, done }: ImportTestersResponse): string {
  const already = existing > 0 ? `, ${counted(existing, 'is a tester', 'are testers')} already` : '';
  if (done) return `${counted(added, 'tester')} brought in${already}.`;
  const problems = wrong > 0 ? `, ${counted(wrong, 'row has problems', 'rows have problems')}` : '';
  return `${counted(added, 'new tester')}${already}${problems}.`;
}

/** What goes with a tester. */
export function goingSentence({ sandboxes, coUsers }: RemoveTesterResponse, accountMade: boolean): string {
  const things = [
    'The team',
    sandboxes > 0 && counted(sandboxes, 'sandbox', 'sandboxes'),
    'the keys',
    accountMade && 'the account',
  ].filter(Boolean);
  const lost = coUsers > 0 ? ` ${counted(coUsers, 'co-user loses', 'co-users lose')} the team.` : '';
  const stays = accountMade ? '' : ' The account was there before, and stays.';
  return `${things.slice(0, -1).join(', ')} and ${String(things.at(-1))} go, with all files.${lost}${stays} It cannot be undone.`;
}
