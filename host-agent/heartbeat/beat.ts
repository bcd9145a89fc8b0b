import { durationMs, timestampFromDate, timestampMs } from '@bufbuild/protobuf/wkt';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { reportStatement, signStatement } from '#contract/statements.ts';
import type { Secret } from '#contract/secret.ts';
import {
  ComponentReportSchema,
  RefusalKind,
  type AccessReportSchema,
  type ComponentReport,
  type StateMark,
} from '#proto/muster/agent/v1/enrolment_pb.js';
import { Backoff, type BackoffTimes } from '../backoff.ts';
import type { Contact } from '../connection/contact.ts';
import type { Context } from '../context.ts';
import type { Access } from '../enrolment/access.ts';
import { readFailure, type TrustedRefusal } from '../enrolment/failure.ts';
import type { Enrolled } from '../enrolment/rotation.ts';
import type { HostSpecs } from '../machine/specs.ts';
import { Wakeup } from '../wakeup.ts';

export interface HeartbeatParts {
  readonly enrolled: Enrolled;
  readonly access: Access;
  readonly contact: Contact;
  readonly bootId: string;
  readonly instanceId: string;
  readonly backoff: BackoffTimes;
  /** Woken: a heartbeat goes out now. */
  readonly soon: Wakeup;
  readonly specs: () => HostSpecs;
  readonly inventoryDigest: () => Uint8Array;
  readonly components: () => MessageInitShape<typeof ComponentReportSchema>[];
  /** Undefined where there is nothing to tell. */
  readonly machineAccess: () => MessageInitShape<typeof AccessReportSchema> | undefined;
}

/** Beyond this, logs and expiries of this machine mislead people. */
const skewWarningMs = 30_000;
/** Where the answers say nothing else. */
const defaultIntervalMs = 30_000;
/** Whatever wakes it, no agent beats more often. */
const leastIntervalMs = 200;

/** Sends heartbeats until the installation has deleted this host. Whatever else happens, it goes on. */
export async function sendHeartbeats(context: Context, parts: HeartbeatParts): Promise<'host deleted'> {
  const { contact, soon } = parts;
  const backoff = new Backoff(parts.backoff);
  contact.onReturn(() => backoff.wake());
  const beat = new Beat(parts);
  let problem = '';
  for (;;) {
    const outcome = await beat.send(context);
    context.signal.throwIfAborted();
    if (outcome.kind === 'answered') {
      contact.heard();
      backoff.reset();
      if (problem) context.log.info('The control plane answers again.');
      problem = '';
      await new Wakeup().wait(leastIntervalMs, context.signal);
      await soon.wait(Math.max(0, outcome.nextInMs - leastIntervalMs), context.signal);
      continue;
    }
    contact.missed();
    if (outcome.kind === 'refused') {
      if (outcome.refusal === RefusalKind.HOST_DELETED) return 'host deleted';
      // Quarantine ends a renewal, not the life of what runs here.
      if (outcome.refusal === RefusalKind.QUARANTINED) contact.alive();
      else contact.refused();
    }
    const why = outcome.kind === 'refused' ? refusals[outcome.refusal] : outcome.why;
    if (why !== problem)
      context.log.warn(
        { why },
        outcome.kind === 'refused' ? 'The installation refuses this host.' : 'The control plane cannot be reached.',
      );
    problem = why;
    await backoff.wait(context.signal);
  }
}

const refusals = {
  [RefusalKind.CREDENTIALS_REVOKED]: 'its credentials were revoked: run the join command with a new token and --rejoin',
  [RefusalKind.QUARANTINED]: 'its credentials are locked after a finding: an operator must unlock the host',
  [RefusalKind.HOST_DELETED]: 'it was deleted',
} satisfies Record<TrustedRefusal, string>;

type Outcome =
  | { readonly kind: 'answered'; readonly nextInMs: number }
  | { readonly kind: 'refused'; readonly refusal: TrustedRefusal }
  | { readonly kind: 'unreachable'; readonly why: string };

type Moment = Pick<StateMark, 'generation' | 'sequence'>;

const isOlder = (state: Moment | undefined, seen: Moment | undefined): boolean =>
  state !== undefined && seen !== undefined && (state.generation !== seen.generation || state.sequence < seen.sequence);

/** One heartbeat after the other: counts them, and leaves out specs that the control plane has. */
class Beat {
  readonly #parts: HeartbeatParts;
  #sequence = 0n;
  #knownSpecs = '';
  #skewed = false;
  /** From the last answer; none before the first. */
  #nonce: Uint8Array = new Uint8Array();

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  /** A token that our own service refuses is replaced once. */
  async send(context: Context): Promise<Outcome> {
    const first = await this.#sendOnce(context);
    const last = first.kind === 'refresh required' ? await this.#sendOnce(context) : first;
    return last.kind === 'refresh required'
      ? { kind: 'unreachable', why: 'it refuses the access token that it has just made' }
      : last;
  }

  async #sendOnce(context: Context): Promise<Outcome | { readonly kind: 'refresh required' }> {
    const { enrolled, access, bootId, instanceId, inventoryDigest, components } = this.#parts;
    const specs = this.#parts.specs();
    const specsText = JSON.stringify(specs, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    try {
      const token = await access.token(context);
      try {
        const sequence = this.#sequence++;
        const reports = components().map((report) => create(ComponentReportSchema, report));
        const seen = enrolled.store.seen.newest;
        const tellsSpecs = specsText !== this.#knownSpecs;
        // Until it answers: whether it has these, or those before, is not known.
        if (tellsSpecs) this.#knownSpecs = '';
        const answer = await enrolled.door.enrolment.heartbeat(
          {
            bootId,
            instanceId,
            sequence,
            sentAt: timestampFromDate(new Date()),
            specs: tellsSpecs ? specs : undefined,
            inventoryDigest: inventoryDigest(),
            components: reports,
            reportProof: this.#proof(sequence, reports),
            seen,
            access: this.#parts.machineAccess(),
          },
          { headers: { authorization: `Bearer ${token.reveal()}` }, signal: context.signal },
        );
        // A database that was restored may have older ones.
        this.#knownSpecs = isOlder(answer.state, seen) ? '' : specsText;
        await this.#keep(context, token, answer.state);
        if (answer.refreshNow) access.renewSoon();
        if (answer.serverTime) this.#warnOfSkew(context, Date.now() - timestampMs(answer.serverTime));
        const signsFirst = this.#nonce.length === 0 && answer.reportNonce.length > 0;
        if (answer.reportNonce.length > 0) this.#nonce = answer.reportNonce;
        // The first reports could not be signed: the next ones follow at once.
        if (signsFirst) return { kind: 'answered', nextInMs: leastIntervalMs };
        return { kind: 'answered', nextInMs: answer.nextIn ? durationMs(answer.nextIn) : defaultIntervalMs };
      } catch (error) {
        const failure = readFailure(error, enrolled.store.held, new Uint8Array());
        if (failure.kind === 'refresh required') access.reject(token);
        return failure.kind === 'already rotated'
          ? { kind: 'unreachable', why: 'it answered something that belongs to another call' }
          : failure;
      }
    } catch (error) {
      const failure = readFailure(error, enrolled.store.held, new Uint8Array());
      return failure.kind === 'refused' || failure.kind === 'unreachable'
        ? failure
        : { kind: 'unreachable', why: String(error) };
    }
  }

  /** What the answer settles is written down. A disk that is full keeps nobody from living: the next beat tries again. */
  async #keep({ log }: Context, token: Secret, state: StateMark | undefined): Promise<void> {
    const { access, enrolled } = this.#parts;
    try {
      await access.confirm(token);
      await enrolled.store.seen.note(state);
    } catch (error) {
      log.warn({ err: error }, 'What the control plane has confirmed could not be written to the data directory.');
    }
  }

  #proof(sequence: bigint, reports: readonly ComponentReport[]) {
    if (this.#nonce.length === 0) return undefined;
    const { store, hostKey } = this.#parts.enrolled;
    const { host, installation } = store.held;
    const statement = reportStatement({
      installationId: installation.id,
      hostId: host.id,
      instanceId: this.#parts.instanceId,
      sequence,
      nonce: this.#nonce,
      reports,
    });
    const signature = signStatement(statement, hostKey.privateKey);
    return { nonce: this.#nonce, signature: new Uint8Array(signature) };
  }

  #warnOfSkew({ log }: Context, skewMs: number): void {
    const skewed = Math.abs(skewMs) > skewWarningMs;
    if (skewed && !this.#skewed)
      log.warn({ skewMs }, "This machine's clock differs from the control plane's by more than 30 seconds.");
    this.#skewed = skewed;
  }
}
