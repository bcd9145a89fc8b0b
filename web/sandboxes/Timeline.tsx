import { useQuery } from '@connectrpc/connect-query';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { SandboxService, type Sandbox, type SandboxEvent } from '#proto/muster/v1/sandbox_pb.js';
import { classes } from '../parts/classes.ts';
import { Panel } from '../parts/Page.tsx';
import { Line } from '../parts/Skeleton.tsx';
import { toneText } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { observedLooks } from './states.ts';

/** What happened to a sandbox, newest first. Give it the revision as its key: it reads the events when it appears. */
export function Timeline({ sandbox }: { sandbox: Sandbox }) {
  const events = useQuery(SandboxService.method.listSandboxEvents, { sandboxId: sandbox.id, pageSize: 100 });
  if (events.error && events.data === undefined)
    return <ProblemNote problem={toProblem(events.error)} onRetry={() => void events.refetch()} />;
  return (
    <Panel className="px-4 py-3.5">
      {events.data === undefined ? (
        <Line className="w-2/3" />
      ) : (
        <ol aria-label="What happened" className="flex flex-col">
          {events.data.events.map((event) => (
            <TimelineEntry
              key={`${event.at ? timestampMs(event.at) : 0} ${event.observed} ${event.reason}`}
              event={event}
            />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function TimelineEntry({ event }: { event: SandboxEvent }) {
  const { icon: Icon, tone, word } = observedLooks[event.observed];
  return (
    <li className="group relative flex gap-3 pb-4 last:pb-0">
      <span aria-hidden className="absolute top-5 bottom-1 left-[0.4375rem] w-px bg-line group-last:hidden" />
      <Icon aria-hidden className={classes('mt-0.5 size-4 shrink-0 bg-panel', toneText[tone])} />
      <div className="min-w-0 text-table">
        <p>
          <span className="font-medium">{word}</span>{' '}
          <RelativeTime at={event.at} className="text-small text-ink-faint" />
        </p>
        {event.reason !== '' && <p className="text-ink-muted wrap-anywhere">{event.reason}</p>}
      </div>
    </li>
  );
}
