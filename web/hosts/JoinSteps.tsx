import { useNavigate } from '@tanstack/react-router';
import { CircleCheck, LoaderCircle } from 'lucide-react';
import { useState } from 'react';
import { HostStatus, type Host, type JoinToken } from '#proto/muster/v1/host_pb.js';
import { Button } from '../parts/Button.tsx';
import { CommandBlock } from '../parts/Copy.tsx';
import { DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';
import { paths } from '../paths.ts';
import { Countdown, RelativeTime } from '../time/RelativeTime.tsx';

interface JoinStepsProps {
  /** As it was when its token was made. */
  readonly host: Host;
  /** As it is now. */
  readonly live: Host | undefined;
  readonly joinToken: JoinToken;
  readonly onClose: () => void;
}

/** Only on loopback do agents accept it. */
const plainHttp = 'curl -fsS http:';

/** The token and the commands, shown once; then the wait for the machine. */
export function JoinSteps({ host, live, joinToken, onClose }: JoinStepsProps) {
  const navigate = useNavigate();
  const [stored, setStored] = useState(false);
  // A host that joins anew was online before: only a join after this token was made counts.
  const joined = live?.status === HostStatus.ONLINE && live.joinedAt?.seconds !== host.joinedAt?.seconds;
  return (
    <>
      <DialogBody>
        {!stored && !joined && (
          <>
            {joinToken.installCommand && (
              <div className="flex flex-col gap-1.5">
                <p className="text-table font-medium">Install the agent, on Debian or Ubuntu</p>
                <CommandBlock command={joinToken.installCommand} label="Copy the install command" />
                <p className="text-small text-ink-muted">
                  It asks for the token.
                  {joinToken.installCommand.startsWith(plainHttp) &&
                    ' This address leads to this machine alone: for others, give the installation an https address.'}
                </p>
              </div>
            )}
            <OneTimeSecret
              label="Join token"
              secret={joinToken.token}
              lost="It is shown this once. If it is lost or expires, make a new one on the host’s page."
            />
            <div className="flex flex-col gap-1.5">
              <p className="text-table font-medium">Or join from a clone of the repository</p>
              <CommandBlock command={joinToken.joinCommand} label="Copy the join command" />
            </div>
          </>
        )}
        <JoinState host={live} name={host.name} joined={joined} joinToken={joinToken} />
      </DialogBody>
      <DialogActions>
        {joined ? (
          <Button
            look="primary"
            onClick={() => {
              onClose();
              void navigate(paths.host(host.id));
            }}
          >
            Open {host.name}
          </Button>
        ) : stored ? (
          <Button onClick={onClose}>Close, and let it join later</Button>
        ) : (
          <Button look="primary" onClick={() => setStored(true)}>
            I have stored it
          </Button>
        )}
        {joined && <Button onClick={onClose}>Done</Button>}
      </DialogActions>
    </>
  );
}

function JoinState({
  host,
  name,
  joined,
  joinToken,
}: {
  host: Host | undefined;
  name: string;
  joined: boolean;
  joinToken: JoinToken;
}) {
  if (joined) {
    return (
      <p
        role="status"
        className="flex animate-enter items-center gap-2.5 rounded-control bg-good-soft px-3 py-2.5 text-table"
      >
        <CircleCheck aria-hidden className="size-4 shrink-0 text-good" />
        <span>
          <strong className="font-medium">{name} is online.</strong> Joined <RelativeTime at={host?.joinedAt} />
          {host?.specs && `, ${host.specs.os}, ${host.specs.cpus} CPUs.`}
        </span>
      </p>
    );
  }
  return (
    <p role="status" className="flex items-center gap-2.5 rounded-control bg-moving-soft px-3 py-2.5 text-table">
      <LoaderCircle aria-hidden className="size-4 shrink-0 animate-turn text-moving" />
      <span>
        Waiting for {name} to join.
        {joinToken.expiresAt && (
          <span aria-hidden className="text-ink-muted">
            {' '}
            The token ends in <Countdown to={joinToken.expiresAt} />.
          </span>
        )}
      </span>
    </p>
  );
}
