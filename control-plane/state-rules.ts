import { wrongState } from './errors.ts';

/** In which states something is possible, and the sentence that explains a refusal in all others. */
export interface Rule<State extends string> {
  readonly states: readonly State[];
  readonly refusal: string;
}

/** One row of a state table. */
export function allow<State extends string>(states: readonly State[], refusal: string): Rule<State> {
  return { states, refusal };
}

/** Why the state does not allow it; undefined where it does. */
export function refusalByState<State extends string>(rule: Rule<State>, state: State): string | undefined {
  return rule.states.includes(state) ? undefined : rule.refusal;
}

/** Throws `failed_precondition` unless the state allows it; the help says which states would. */
export function requireAllowed<State extends string>(rule: Rule<State>, state: State): void {
  const refusal = refusalByState(rule, state);
  if (refusal !== undefined)
    throw wrongState(refusal, `It is ${state}; this is possible when it is ${rule.states.join(' or ')}.`);
}
