import type { AuditEvent } from '#proto/muster/v1/audit_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { Dialog, DialogBody } from '../parts/Dialog.tsx';
import { Facts, type Fact } from '../parts/Facts.tsx';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { changesOf, type Change } from './changes.ts';
import { outcomeLooks } from './outcome-looks.ts';
import { subjectName } from './subject.ts';

/** One row, whole: who, what, on what, from where, and what changed. */
export function EventDialog({ event, onClose }: { event: AuditEvent | undefined; onClose: () => void }) {
  return (
    <Dialog
      open={event !== undefined}
      onClose={onClose}
      wide
      title={event?.action ?? ''}
      description={event && <Who event={event} />}
    >
      {event && (
        <DialogBody>
          <Changes event={event} />
          <Panel>
            <Facts facts={factsOf(event)} />
          </Panel>
        </DialogBody>
      )}
    </Dialog>
  );
}

function Who({ event }: { event: AuditEvent }) {
  return (
    <>
      {event.actor && subjectName(event.actor)}, <RelativeTime at={event.at} />
    </>
  );
}

const erased = <span className="text-ink-faint">erased</span>;

function factsOf(event: AuditEvent): readonly (Fact | false | undefined)[] {
  const { actor, target, team } = event;
  return [
    { term: 'Outcome', value: <StatusPill look={outcomeLooks[event.outcome]} /> },
    event.reason !== '' && { term: 'Why', value: event.reason },
    actor && { term: 'Who', value: <Subject id={actor.id} name={actor.name} /> },
    event.credentialId !== '' && {
      term: 'Credential',
      value: <CopyText text={event.credentialId} label="the credential’s id" />,
    },
    target && { term: 'On', value: <Subject id={target.id} name={target.name} /> },
    team && { term: 'Team', value: <Subject id={team.id} name={team.name} /> },
    (event.address !== '' || event.originErased) && {
      term: 'Address',
      value: event.originErased ? erased : event.address,
    },
    event.userAgent !== '' && { term: 'User agent', value: event.userAgent },
    event.requestId !== '' && { term: 'Request', value: <CopyText text={event.requestId} label="the request id" /> },
    {
      term: 'In the chain',
      value: event.position === 0n ? 'waits for its seal' : `position ${event.position}`,
    },
    event.seal.length > 0 && { term: 'Seal', value: <Seal seal={event.seal} /> },
  ];
}

function Subject({ id, name }: { id: string; name: string }) {
  return (
    <span className="flex flex-wrap items-baseline gap-x-2">
      {name !== '' && <span>{name}</span>}
      <CopyText text={id} label="the id" />
    </span>
  );
}

function Seal({ seal }: { seal: Uint8Array }) {
  const hex = Array.from(seal, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return <CopyText text={hex} show={`${hex.slice(0, 16)}…`} label="the seal" />;
}

function Changes({ event }: { event: AuditEvent }) {
  if (event.contentErased) {
    return <p className="text-table text-ink-muted">What it changed was erased, because it held personal data.</p>;
  }
  const changes = changesOf(event.before, event.after);
  if (changes.length === 0) return null;
  const compared = event.before !== undefined && event.after !== undefined;
  return (
    <Panel className="overflow-x-auto">
      <table aria-label="What it changed" className="w-full text-left text-table">
        <thead>
          <tr className="h-8 border-b border-line text-small text-ink-faint">
            <th scope="col" className="px-4 font-medium">
              Setting
            </th>
            {event.before !== undefined && (
              <th scope="col" className="px-3 font-medium">
                Before
              </th>
            )}
            {event.after !== undefined && (
              <th scope="col" className="px-3 font-medium">
                {compared ? 'After' : 'Value'}
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.key} className={change.changed ? undefined : 'text-ink-faint'}>
              <th scope="row" className="px-4 py-1.5 align-top font-normal whitespace-nowrap text-ink-muted">
                {change.key}
              </th>
              {event.before !== undefined && <Value change={change} side="before" marked={compared} />}
              {event.after !== undefined && <Value change={change} side="after" marked={compared} />}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Value({ change, side, marked }: { change: Change; side: 'before' | 'after'; marked: boolean }) {
  const value = change[side];
  const tint = side === 'before' ? 'bg-wrong-soft' : 'bg-good-soft';
  return (
    <td className="px-3 py-1.5 align-top">
      {value === undefined ? (
        <span className="text-ink-faint">{marked && side === 'after' ? 'as it was' : '–'}</span>
      ) : (
        <span
          className={`rounded-tag font-mono text-code wrap-anywhere ${marked && change.changed ? `${tint} box-decoration-clone px-1` : ''}`}
        >
          {value}
        </span>
      )}
    </td>
  );
}
