import { SignInMode, type GetSetupResponse } from '#proto/muster/v1/setup_pb.js';

/** Whether people have a password here. A server that does not say is one of before there was anything else. */
export const hasPasswords = ({ signInMode }: GetSetupResponse): boolean =>
  signInMode === SignInMode.PASSWORD || signInMode === SignInMode.UNSPECIFIED;

/** Whether people have sessions here: behind a sign-in proxy each request speaks for itself. */
export const hasSessions = (setup: GetSetupResponse): boolean =>
  hasPasswords(setup) || setup.signInMode === SignInMode.OIDC;

/** Why names, teams and members cannot be changed here; undefined where they can. */
export const managedElsewhere = (setup: GetSetupResponse): string | undefined =>
  hasPasswords(setup) ? undefined : 'Teams and their members come from your sign-in service: change them there.';

/** Why a sign-in at the service led nowhere, and what to do about it. */
const problems: Readonly<Record<string, (claim: string) => readonly [message: string, help: string]>> = {
  unreachable: () => [
    'The sign-in service cannot be reached now.',
    'Nothing is wrong with your account. Try again in a minute.',
  ],
  refused: () => [
    'The sign-in service did not let you in.',
    'Try again; if it stays so, ask whoever runs the service.',
  ],
  over: () => ['That sign-in took too long, or began in another browser.', 'Begin again here.'],
  failed: () => [
    'What came back from the sign-in service does not hold.',
    'Try again. If it stays so, a platform admin finds the reason in the server’s log.',
  ],
  no_user: (claim) => [
    `The sign-in service does not say who you are: ${claim} is missing.`,
    'Whoever runs Muster has to set MUSTER_OIDC_USER_CLAIM, or the service to send that claim.',
  ],
  no_team: (claim) => [
    `The sign-in service names no team of yours: ${claim} is missing.`,
    'Ask whoever runs the service to put you into a team. MUSTER_OIDC_TEAM_CLAIM says where Muster looks for it.',
  ],
  locked: () => ['Your account is locked on this installation.', 'Ask a platform admin to let you in again.'],
  transport: () => [
    'Signing in over plain HTTP is possible only on the machine itself.',
    'Open the console at its https address.',
  ],
  too_often: () => ['Too many sign-ins came from your network.', 'Wait a few minutes, then try again.'],
};

/** The words for what the address of the sign-in page says; undefined where it says nothing that is known. */
export function signInProblem(
  kind: string | undefined,
  claim: string,
): readonly [message: string, help: string] | undefined {
  return kind !== undefined && Object.hasOwn(problems, kind) ? problems[kind]?.(claim) : undefined;
}
