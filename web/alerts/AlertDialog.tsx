import { Link } from '@tanstack/react-router';
import type { Alert, AlertMember } from '#proto/muster/v1/alert_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Sha } from '../fleet/CommitLine.tsx';
import { Dialog, DialogBody } from '../parts/Dialog.tsx';
import { Facts } from '../parts/Facts.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel } from '../parts/Page.tsx';
import { Line } from '../parts/Skeleton.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { KindWord } from './KindWord.tsx';
import { alertLooks, deliveryLooks, eventWords } from './states.ts';
import { useAlert, useDeliveries } from './useAlerts.ts';

/** One alert with everything that it is about, and who was told. */
export function AlertDialog({ alertId, onClose }: { alertId: string; onClose: () => void }) {
  const { data, error } = useAlert(alertId);
  const alert = data?.alert;
  return (
    <Dialog open onClose={onClose} title={alert?.sentence || 'Alert'} wide>
      <DialogBody>
        {error && <ProblemNote problem={toProblem(error)} />}
        {!alert && !error && <Line />}
        {alert && <Details alert={alert} />}
        <AsCommand lines={commandLines.alert(alertId)} />
      </DialogBody>
    </Dialog>
  );
}

function Details({ alert }: { alert: Alert }) {
  const left = alert.memberCount - alert.members.filter(({ leftAt }) => leftAt === undefined).length;
  return (
    <>
      <Panel>
        <Facts
          facts={[
            { term: 'State', value: <StatusPill look={alertLooks[alert.state]} /> },
            { term: 'Kind', value: <KindWord kind={alert.kind} /> },
            { term: 'Rule', value: alert.ruleName },
            alert.repository !== '' && { term: 'Repository', value: alert.repository },
            alert.sha !== '' && { term: 'Commit', value: <Sha sha={alert.sha} /> },
            { term: 'Began', value: <RelativeTime at={alert.startedAt} /> },
            alert.resolvedAt && { term: 'Over', value: <RelativeTime at={alert.resolvedAt} /> },
          ]}
        />
      </Panel>
      <section className="flex flex-col gap-2">
        <h3 className="text-table font-medium">What it is about</h3>
        <ul className="flex flex-col gap-2 text-table">
          {alert.members.map((member) => (
            <MemberLine key={`${member.hostId} ${member.component} ${member.name}`} member={member} />
          ))}
        </ul>
        {alert.members.length === 1000 && left > 0 && <p className="text-small text-ink-faint">These are the first.</p>}
      </section>
      <Told alertId={alert.id} />
    </>
  );
}

const MemberLine = ({ member }: { member: AlertMember }) => (
  <li className={member.leftAt ? 'text-ink-faint' : undefined}>
    {member.hostId === '' ? (
      <span className="font-medium">{member.name}</span>
    ) : (
      <Link {...paths.host(member.hostId)} className={inlineLinkClasses}>
        {member.name}
      </Link>
    )}
    {member.component !== '' && <span className="font-mono text-code"> {member.component}</span>}: {member.sentence}{' '}
    {member.leftAt ? (
      <span className="text-small">
        Over <RelativeTime at={member.leftAt} />.
      </span>
    ) : (
      <span className="text-small text-ink-faint">
        Since <RelativeTime at={member.since} />.
      </span>
    )}
  </li>
);

/** Whom channels told of it, and what became of that. */
function Told({ alertId }: { alertId: string }) {
  const { data } = useDeliveries(undefined, '', alertId);
  const deliveries = data?.pages.flatMap((page) => page.deliveries);
  if (!deliveries) return <Line />;
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-table font-medium">Who was told</h3>
      {deliveries.length === 0 ? (
        <p className="text-table text-ink-muted">
          Nobody yet: it waits a moment for machines in the same trouble, or there is no{' '}
          <Link {...paths.alertChannels()} className={inlineLinkClasses}>
            channel
          </Link>
          .
        </p>
      ) : (
        <ul className="flex flex-col gap-1.5 text-table">
          {deliveries.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <StatusPill look={deliveryLooks[one.state]} />
              <span>
                {eventWords[one.event]}, to {one.recipient || one.channelName}
              </span>
              <RelativeTime at={one.deliveredAt ?? one.createdAt} className="text-small text-ink-faint" />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
