/**
 * Why a sign-in at the provider led nowhere, as the sign-in page says it. `unreachable`: nobody answered there;
 * `refused`: it said no; `over`: it took too long, or began in another browser; `failed`: what came back does not hold;
 * `no_user`, `no_team`: a claim is missing; `locked`: the account is locked here; `transport`: not over TLS;
 * `too_often`: too many from one address.
 */
export type SignInProblemKind =
  | 'unreachable'
  | 'refused'
  | 'over'
  | 'failed'
  | 'no_user'
  | 'no_team'
  | 'locked'
  | 'transport'
  | 'too_often';

export class SignInProblem extends Error {
  override readonly name = 'SignInProblem';
  readonly kind: SignInProblemKind;
  /** The claim that is missing, where one is. */
  readonly claim: string;

  constructor(kind: SignInProblemKind, claim = '', options?: ErrorOptions) {
    super(`sign-in: ${kind} ${claim}`.trim(), options);
    this.kind = kind;
    this.claim = claim;
  }
}
