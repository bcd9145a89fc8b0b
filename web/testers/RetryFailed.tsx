import { useMutation } from '@connectrpc/connect-query';
import { RotateCw } from 'lucide-react';
import { useState } from 'react';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';

/** Does all steps again that have failed, once what stood in their way is mended. */
export function RetryFailed({ failed }: { failed: number }) {
  const [open, setOpen] = useState(false);
  const retry = useMutation(TesterService.method.retryTesterStep);
  const tell = useTell();
  return (
    <>
      <Button icon={RotateCw} onClick={() => setOpen(true)}>
        Retry {failed} failed
      </Button>
      <Confirm
        open={open}
        onClose={() => setOpen(false)}
        title="Retry what has failed"
        action="Retry all"
        look="primary"
        onConfirm={async () => {
          const { testers } = await retry.mutateAsync({});
          tell(`Steps of ${testers} ${testers === 1 ? 'tester' : 'testers'} are done again.`);
        }}
        command={<AsCommand lines={commandLines.retryFailed()} />}
      >
        Every step that has failed is done again, of all testers: useful once mail is set up, or a machine was added.
        What was done stays as it is.
      </Confirm>
    </>
  );
}
