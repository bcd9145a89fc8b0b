import { EventEmitter, once } from 'node:events';
import { decodeJwt } from 'jose';
import { RefusalKind } from '#proto/muster/agent/v1/enrolment_pb.js';
import type { Secret } from '#contract/secret.ts';
import type { Context } from '../context.ts';
import { RefusedError } from './failure.ts';
import { rotate, type AccessGrant, type Enrolled } from './rotation.ts';

/** While the old token still opens the door, a renewal that failed is tried again after this. */
const renewAgainAfterMs = 60_000;

/** Hands out access tokens, renews them in time, and settles the rotations that they come from. */
export class Access {
  readonly #enrolled: Enrolled;
  readonly #granted = new EventEmitter();
  #held: Secret | undefined;
  /** By the monotonic clock. */
  #renewAtMs = 0;
  #confirmed = true;
  #quarantined = false;
  #renewal: Promise<Secret> | undefined;

  constructor(enrolled: Enrolled, grant?: AccessGrant) {
    this.#enrolled = enrolled;
    if (grant) this.#hold(grant);
  }

  /** A token that is good, as far as we know. Throws RefusedError or UnreachableError where there is none. */
  async token(context: Context): Promise<Secret> {
    if (this.#held && performance.now() < this.#renewAtMs) return this.#held;
    this.#renewal ??= this.#renew(context).finally(() => (this.#renewal = undefined));
    return this.#renewal;
  }

  /** The token that was handed out last; undefined where our own service has refused it. */
  get present(): Secret | undefined {
    return this.#held;
  }

  /** Waits until there is a token, and leaves it to others to get it. */
  async awaitToken(signal: AbortSignal): Promise<Secret> {
    while (!this.#held) await once(this.#granted, 'token', { signal });
    return this.#held;
  }

  /** A call under this token has succeeded: the rotation is settled. */
  async confirm(token: Secret): Promise<void> {
    if (token !== this.#held || this.#confirmed) return;
    await this.#enrolled.store.promote();
    this.#confirmed = true;
  }

  /** Our own service has refused this token. */
  reject(token: Secret): void {
    if (token === this.#held) this.#held = undefined;
  }

  /** The control plane asks for a rotation. */
  renewSoon(): void {
    this.#renewAtMs = 0;
  }

  async #renew(context: Context): Promise<Secret> {
    const before = this.#held;
    try {
      const grant = await rotate(context, this.#enrolled);
      this.#tell(context, grant.quarantined === true);
      return this.#hold(grant);
    } catch (error) {
      const deleted = error instanceof RefusedError && error.refusal === RefusalKind.HOST_DELETED;
      if (!before || before !== this.#held || deleted) throw error;
      context.log.warn({ err: error }, 'The access token could not be renewed; the present one is used until it ends.');
      this.#renewAtMs = performance.now() + renewAgainAfterMs * (0.5 + Math.random());
      return before;
    }
  }

  #tell({ log }: Context, quarantined: boolean): void {
    if (quarantined && !this.#quarantined)
      log.warn(
        'This host is quarantined: its credentials are locked after a finding. What runs here goes on, and nothing new comes until an operator has unlocked it.',
      );
    else if (!quarantined && this.#quarantined) log.info('The quarantine of this host is over.');
    this.#quarantined = quarantined;
  }

  #hold(grant: AccessGrant): Secret {
    this.#held = grant.token;
    // A quarantine rotates nothing that could be settled.
    this.#confirmed = grant.quarantined === true;
    // Half of its life, give or take a tenth, so that a fleet that joined together does not renew together.
    this.#renewAtMs = performance.now() + lifeOf(grant) * (0.45 + Math.random() * 0.1);
    this.#granted.emit('token');
    return grant.token;
  }
}

/** Both ends by the control plane's clock: ours may be wrong. */
function lifeOf({ token, expiresAt }: AccessGrant): number {
  const { iat } = decodeJwt(token.reveal());
  return expiresAt.getTime() - (iat === undefined ? Date.now() : iat * 1000);
}
