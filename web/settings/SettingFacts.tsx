import { CircleAlert, Lock } from 'lucide-react';
import type { PlainState, SecretState } from '#proto/muster/v1/settings_pb.js';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** What may be known of a secret that is set. */
export function SecretFacts({ state }: { state: SecretState }) {
  return (
    <>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-1.5 text-table text-ink-muted">
        <Lock aria-hidden className="size-3.5 text-good" />
        <span className="font-medium text-good">set</span>
        <span aria-hidden>·</span>
        <span title="Tells two values apart, and nothing else of them">
          fingerprint <span className="font-mono text-code">{state.fingerprint}</span>
        </span>
        <span aria-hidden>·</span>
        <span>
          updated by {state.updatedBy} <RelativeTime at={state.updatedAt} />
        </span>
        <span aria-hidden>·</span>
        <span>
          {state.lastUsedAt ? (
            <>
              last used <RelativeTime at={state.lastUsedAt} />
            </>
          ) : (
            'not used yet'
          )}
        </span>
      </p>
      {state.lastError !== '' && (
        <p className="mt-1 flex gap-1.5 text-table text-wrong">
          <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
          {state.lastError}
        </p>
      )}
    </>
  );
}

/** A value that can be read back, and where it comes from. */
export function PlainFacts({ state }: { state: PlainState }) {
  return (
    <p className="mt-0.5 flex flex-wrap items-baseline gap-x-1.5 text-table text-ink-muted">
      <span className="text-ink wrap-anywhere">{state.value}</span>
      <span aria-hidden>·</span>
      <span>
        {state.isSet ? (
          <>
            set by {state.updatedBy} <RelativeTime at={state.updatedAt} />
          </>
        ) : (
          'the default'
        )}
      </span>
    </p>
  );
}
