import { useMutation, useQuery } from '@connectrpc/connect-query';
import { UserRoundMinus } from 'lucide-react';
import { useState } from 'react';
import { TesterService, type Tester } from '#proto/muster/v1/tester_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { isGoing } from './looks.ts';
import { goingSentence } from './sentence.ts';

/** Takes a tester out, after their name was typed. */
export function RemoveTester({ tester }: { tester: Tester }) {
  const [open, setOpen] = useState(false);
  const remove = useMutation(TesterService.method.removeTester);
  const { id: testerId, name, accountMade } = tester;
  const preview = useQuery(TesterService.method.removeTester, { testerId, dryRun: true }, { enabled: open });
  if (isGoing(tester.state)) return null;
  return (
    <>
      <Button icon={UserRoundMinus} onClick={() => setOpen(true)}>
        Remove
      </Button>
      <ConfirmByName
        open={open}
        onClose={() => setOpen(false)}
        title={`Remove ${name}`}
        name={name}
        action="Remove"
        onConfirm={async () => {
          await remove.mutateAsync({ testerId, confirmName: name });
        }}
        command={<AsCommand lines={commandLines.removeTester(tester)} />}
      >
        {preview.data ? goingSentence(preview.data, accountMade) : 'What goes with them is being counted.'}
      </ConfirmByName>
    </>
  );
}
