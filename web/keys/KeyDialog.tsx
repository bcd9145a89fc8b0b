import { useQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { ApiKeyService, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Ends } from '../credentials/Ends.tsx';
import { useHostNames } from '../credentials/HostChoice.tsx';
import { keyRoleTitles } from '../credentials/roles.ts';
import { CopyText } from '../parts/Copy.tsx';
import { Dialog, DialogBody } from '../parts/Dialog.tsx';
import { Facts } from '../parts/Facts.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { Provenance } from './Provenance.tsx';
import { keyStateOf, keyStates } from './states.ts';

interface KeyDialogProps {
  readonly keyId: string | undefined;
  readonly nowMs: number;
  readonly onClose: () => void;
}

/** One key, whole; never its secret. */
export function KeyDialog({ keyId, nowMs, onClose }: KeyDialogProps) {
  const { data, error } = useQuery(
    ApiKeyService.method.getApiKey,
    { keyId: keyId ?? '' },
    { enabled: keyId !== undefined, retry: false, refetchInterval: 5_000 },
  );
  const key = data?.key;
  return (
    <Dialog open={keyId !== undefined} onClose={onClose} wide title={key?.name ?? 'Key'}>
      <DialogBody>
        {error && <ProblemNote problem={toProblem(error)} />}
        {key && <KeyFacts apiKey={key} nowMs={nowMs} />}
        {key && <AsCommand lines={commandLines.key(key)} />}
      </DialogBody>
    </Dialog>
  );
}

function KeyFacts({ apiKey, nowMs }: { apiKey: ApiKey; nowMs: number }) {
  const hostName = useHostNames();
  return (
    <Panel>
      <Facts
        facts={[
          { term: 'State', value: <StatusPill look={keyStates[keyStateOf(apiKey, nowMs)]} /> },
          { term: 'Role', value: keyRoleTitles[apiKey.role] },
          { term: 'Id', value: <CopyText text={apiKey.id} label="the id" /> },
          {
            term: 'Secret',
            value: <CopyText text={apiKey.prefix} show={`${apiKey.prefix}_…`} label="the public part" />,
          },
          {
            term: 'Made',
            value: (
              <span className="flex flex-col">
                <RelativeTime at={apiKey.createdAt} />
                <Provenance apiKey={apiKey} />
              </span>
            ),
          },
          { term: 'Ends', value: <Ends at={apiKey.expiresAt} /> },
          apiKey.noExpiryReason !== '' && { term: 'Never, because', value: apiKey.noExpiryReason },
          apiKey.overlapUntil && {
            term: 'Old secret',
            value: (
              <>
                works on, ends <RelativeTime at={apiKey.overlapUntil} />
              </>
            ),
          },
          apiKey.boundTeamId !== '' && { term: 'Team', value: <TeamName teamId={apiKey.boundTeamId} /> },
          {
            term: 'Host',
            value:
              apiKey.boundHostId === '' ? (
                'every host'
              ) : (
                <Link {...paths.host(apiKey.boundHostId)} className={inlineLinkClasses}>
                  {hostName(apiKey.boundHostId)}
                </Link>
              ),
          },
          {
            term: 'Last used',
            value: apiKey.lastUsedAt ? <RelativeTime at={apiKey.lastUsedAt} /> : 'never',
          },
          apiKey.lastUsedAddress !== '' && { term: 'From', value: apiKey.lastUsedAddress },
          apiKey.lastUsedAgent !== '' && { term: 'By', value: apiKey.lastUsedAgent },
          {
            term: 'Audit',
            value: (
              <span className="flex flex-wrap gap-x-4 gap-y-1">
                <Link {...paths.auditOf({ actor: `key:${apiKey.id}` })} className={`${inlineLinkClasses} min-h-6`}>
                  What it did
                </Link>
                <Link {...paths.auditOf({ target: apiKey.id })} className={`${inlineLinkClasses} min-h-6`}>
                  What was done with it
                </Link>
              </span>
            ),
          },
        ]}
      />
    </Panel>
  );
}

function TeamName({ teamId }: { teamId: string }) {
  const { data } = useQuery(TeamService.method.getTeam, { teamId }, { staleTime: 10_000 });
  return data?.team?.name ?? teamId;
}
