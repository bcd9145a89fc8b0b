import { useQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { CopyText } from '../parts/Copy.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { sshCommands, sshSentence } from './ssh.ts';

/** There is no stream for one's own SSH: while the page is open it asks this often. */
const refetchInterval = 30_000;

/** The user's own way onto machines. Nothing stands there for those who have none, as it is from the beginning. */
export function SshAccess() {
  const { data } = useQuery(MachineAccessService.method.getTesterSsh, {}, { refetchInterval, retry: false });
  const ssh = data?.tester;
  if (ssh === undefined || (!ssh.enabled && ssh.machines.length === 0)) return null;
  return (
    <Section title="SSH">
      <Panel className="flex flex-col gap-2 px-4 py-3 text-table">
        <p>{sshSentence(ssh)}</p>
        {ssh.enabled && ssh.machines.length > 0 && (
          <ul className="flex flex-col gap-1">
            {ssh.machines.map((machine) => (
              <li key={machine.hostId} className="flex flex-wrap items-center gap-x-3">
                <Link {...paths.host(machine.hostId)} className="hover:text-link">
                  {machine.hostName}
                </Link>
                {sshCommands(machine).map((command) => (
                  <CopyText key={command} text={command} label="the command" />
                ))}
              </li>
            ))}
          </ul>
        )}
        {ssh.enabled && ssh.fingerprint !== '' && (
          <p className="text-small text-ink-faint">
            With the key <CopyText text={ssh.fingerprint} label="the fingerprint" />
            {ssh.expiresAt && (
              <>
                {' '}
                until <RelativeTime at={ssh.expiresAt} />
              </>
            )}
          </p>
        )}
      </Panel>
    </Section>
  );
}
