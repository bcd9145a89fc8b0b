import { useMutation } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { Box, CheckCheck, KeyRound, Server, Sparkles, UsersRound, type LucideIcon } from 'lucide-react';
import { CockpitChangeKind, CockpitService, type Cockpit, type CockpitChange } from '#proto/muster/v1/cockpit_pb.js';
import { Button } from '../parts/Button.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { useReport } from '../problems/useReport.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

const icons: Readonly<Record<CockpitChangeKind, LucideIcon>> = {
  [CockpitChangeKind.UNSPECIFIED]: Sparkles,
  [CockpitChangeKind.SANDBOX]: Box,
  [CockpitChangeKind.CO_USER]: UsersRound,
  [CockpitChangeKind.KEY]: KeyRound,
  [CockpitChangeKind.MACHINE]: Server,
};

/** What changed since the last visit, until it was seen. Nothing stands there where nothing did. */
export function ChangeList({ cockpit }: { cockpit: Cockpit }) {
  const report = useReport();
  const refused = workRefusal(useCaller());
  const seen = useMutation(CockpitService.method.markCockpitSeen, { onError: report });
  const { changes, visit, teamId, more } = cockpit;
  const newest = changes[0];
  if (newest === undefined) return null;
  return (
    <Section
      title="Since your last visit"
      aside={
        <Button
          small
          icon={CheckCheck}
          busy={seen.isPending}
          disabledReason={refused}
          onClick={() => seen.mutate({ teamId, visit, until: newest.at })}
        >
          Mark as seen
        </Button>
      }
    >
      <Panel>
        <ul aria-label="What changed">
          {changes.map((change) => (
            <li
              key={change.key}
              className="flex animate-enter items-baseline gap-3 border-line px-4 py-2.5 text-table not-last:border-b"
            >
              <Picture kind={change.kind} />
              <span className="min-w-0 flex-1 wrap-anywhere">
                <Sentence change={change} />
                {change.by !== '' && <span className="text-ink-faint"> By {change.by}.</span>}
              </span>
              <RelativeTime at={change.at} className="shrink-0 text-small whitespace-nowrap text-ink-faint" />
            </li>
          ))}
        </ul>
        {more && <p className="border-t border-line px-4 py-2.5 text-small text-ink-faint">And more before that.</p>}
      </Panel>
    </Section>
  );
}

function Picture({ kind }: { kind: CockpitChangeKind }) {
  const Icon = icons[kind];
  return <Icon aria-hidden className="size-4 shrink-0 translate-y-0.5 text-ink-faint" />;
}

/** With a way to what it is about, where that has a page. */
function Sentence({ change: { kind, subject, sentence } }: { change: CockpitChange }) {
  if (kind === CockpitChangeKind.SANDBOX)
    return (
      <Link {...paths.sandbox(subject)} className="hover:text-link">
        {sentence}
      </Link>
    );
  return sentence;
}
