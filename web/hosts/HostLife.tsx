import { useQuery } from '@connectrpc/connect-query';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { HostService, HostStatus, type Host, type HostEvent } from '#proto/muster/v1/host_pb.js';
import { classes } from '../parts/classes.ts';
import { Panel, Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { solid } from '../parts/Status.tsx';
import { exactTime } from '../time/relative.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useTime } from '../time/useTime.ts';
import { eventWords, lifeSentence, spellsOf } from './life.ts';
import { useAlongHost } from './useAlongHost.ts';

const shownMs = 86_400_000;
const minuteMs = 60_000;
const listed = 6;

/** When a host was there and when it was silent in the last day, and what happened to it last. */
export function HostLife({ host }: { host: Host }) {
  const { data, isPending, refetch } = useQuery(
    HostService.method.listHostEvents,
    { hostId: host.id, pageSize: 200 },
    { retry: false },
  );
  useAlongHost(host, refetch);
  const nowMs = useTime((now) => Math.ceil(now / minuteMs) * minuteMs);
  if (!host.joinedAt || (!data && !isPending)) return null;
  if (!data)
    return (
      <Section title="Last 24 hours">
        <TableSkeleton rows={3} columns={1} />
      </Section>
    );
  const fromMs = nowMs - shownMs;
  const spells = spellsOf({
    events: data.events,
    silentNow: host.status === HostStatus.UNREACHABLE,
    joinedMs: timestampMs(host.joinedAt),
    fromMs,
    nowMs,
  });
  const sentence = lifeSentence(spells);
  const at = (ms: number) => `${(100 * (ms - fromMs)) / shownMs}%`;
  return (
    <Section title="Last 24 hours">
      <Panel className="flex flex-col gap-3 px-4 py-3.5 text-table">
        <div role="img" aria-label={sentence} className="relative h-3 overflow-hidden rounded-tag bg-sunken">
          {spells.map(({ silent, fromMs: begin, toMs }) => (
            <span
              key={begin}
              title={`${silent ? 'Silent' : 'There'} from ${exactTime(begin)} to ${toMs === nowMs ? 'now' : exactTime(toMs)}`}
              className={classes('absolute inset-y-0 min-w-0.5', silent ? solid.wrong : solid.good)}
              style={{ left: at(begin), width: `${(100 * (toMs - begin)) / shownMs}%` }}
            />
          ))}
        </div>
        <p className="text-ink-muted">{sentence}</p>
        {data.events.length > 0 && (
          <ul aria-label="What happened last" className="flex flex-col gap-1">
            {data.events.slice(0, listed).map((event) => (
              <EventLine key={keyOf(event)} event={event} />
            ))}
          </ul>
        )}
      </Panel>
    </Section>
  );
}

const keyOf = ({ at, kind }: HostEvent): string => `${at ? timestampMs(at) : 0} ${kind}`;

const EventLine = ({ event: { kind, at } }: { event: HostEvent }) => (
  <li className="flex flex-wrap justify-between gap-x-4">
    <span>{eventWords[kind]}</span>
    <RelativeTime at={at} className="text-ink-muted" />
  </li>
);
