import type { AllowedAction } from '#proto/muster/v1/host_pb.js';

/** Why an action is not possible now, in the server's words; undefined where it is. An action that it does not tell of is left to the call itself. */
export function refusal(actions: readonly AllowedAction[], action: string): string | undefined {
  const found = actions.find((candidate) => candidate.action === action);
  if (found === undefined || found.allowed) return undefined;
  return found.reason || 'This is not possible now.';
}
