import { useMutation } from '@connectrpc/connect-query';
import { CirclePause, CirclePlay, OctagonX } from 'lucide-react';
import { useState } from 'react';
import { RolloutService, RolloutState, type Rollout } from '#proto/muster/v1/rollout_pb.js';
import { AsCommand, AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { useReport } from '../problems/useReport.ts';
import { useCaller } from '../session/useCaller.ts';
import { rolloutRefusal } from './may-manage.ts';

/** What can be done with a rollout now. What is done shows on the page by itself. */
export function RolloutActions({ rollout }: { rollout: Rollout }) {
  const refused = rolloutRefusal(useCaller());
  const [aborting, setAborting] = useState(false);
  const pause = useMutation(RolloutService.method.pauseRollout);
  const resume = useMutation(RolloutService.method.resumeRollout);
  const abort = useMutation(RolloutService.method.abortRollout);
  const report = useReport();
  const { id, actions, state } = rollout;
  const request = { rolloutId: id };
  return (
    <>
      <AsCommandButton lines={commandLines.rollout(id)} />
      {state === RolloutState.RUNNING && actions.includes('pause') && (
        <Button
          icon={CirclePause}
          busy={pause.isPending}
          disabledReason={refused}
          onClick={() => void pause.mutateAsync(request).catch(report)}
        >
          Pause
        </Button>
      )}
      {state === RolloutState.PAUSED && actions.includes('resume') && (
        <Button
          look="primary"
          icon={CirclePlay}
          busy={resume.isPending}
          disabledReason={refused}
          onClick={() => void resume.mutateAsync(request).catch(report)}
        >
          Resume
        </Button>
      )}
      {actions.includes('abort') && (
        <Button look="dangerQuiet" icon={OctagonX} disabledReason={refused} onClick={() => setAborting(true)}>
          Abort
        </Button>
      )}
      <Confirm
        open={aborting}
        onClose={() => setAborting(false)}
        title="Abort the rollout"
        action="Abort rollout"
        onConfirm={async () => void (await abort.mutateAsync(request))}
        command={<AsCommand lines={commandLines.abortRollout(id)} />}
      >
        Update commands that run now are ended, in the middle of what they do; what runs on those hosts then is said
        beside them. Hosts that wait are left as they are. It cannot be gone on with: a new rollout takes its place.
      </Confirm>
    </>
  );
}
