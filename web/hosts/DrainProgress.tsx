import { DrainAction, DrainState, type HostDrain } from '#proto/muster/v1/host_pb.js';
import { Panel, Section } from '../parts/Page.tsx';
import { ProgressBar } from '../parts/ProgressBar.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';

const atDeadline: Record<DrainAction, string> = {
  [DrainAction.UNSPECIFIED]: 'it gives up',
  [DrainAction.WAIT]: 'it gives up',
  [DrainAction.STOP]: 'those that are left are stopped',
  [DrainAction.DESTROY]: 'those that are left are destroyed',
};

/** How far a drain is, while it goes on and after. */
export function DrainProgress({ drain }: { drain: HostDrain }) {
  const { sandboxesAtStart: all, sandboxesLeft: left, deadlineAt } = drain;
  const done = Math.max(0, all - left);
  return (
    <Section title="Drain">
      <Panel className="flex flex-col gap-2 px-4 py-3 text-table">
        {drain.state === DrainState.DRAINING && (
          <>
            <ProgressBar
              message={`${done} of ${all} ${all === 1 ? 'sandbox' : 'sandboxes'} out of the way. ${drain.progress}`}
              percent={all === 0 ? 0 : (100 * done) / all}
            />
            {deadlineAt && (
              <p className="text-ink-muted">
                <RelativeTime at={deadlineAt} />, {atDeadline[drain.action]}.
              </p>
            )}
          </>
        )}
        {drain.state === DrainState.DRAINED && (
          <p role="status">
            Nothing runs here any more, since <RelativeTime at={drain.endedAt} />. Uncordon it when it may take
            sandboxes again.
          </p>
        )}
        {drain.state === DrainState.GAVE_UP && (
          <p role="status">
            Its deadline passed <RelativeTime at={drain.endedAt} /> with {left} {left === 1 ? 'sandbox' : 'sandboxes'}{' '}
            left. Drain it again with more time, or stop them then.
          </p>
        )}
        <p className="text-ink-muted">
          Began <RelativeTime at={drain.startedAt} />: {drain.reason}
        </p>
      </Panel>
    </Section>
  );
}
