import { useNavigate, useSearch } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { AddSupportKeyDialog } from '../machine-access/AddSupportKeyDialog.tsx';
import { BehindMachines } from '../machine-access/BehindMachines.tsx';
import { useMachineAccess } from '../machine-access/feed.ts';
import { accessSentence } from '../machine-access/looks.ts';
import { People } from '../machine-access/People.tsx';
import { SupportKeys } from '../machine-access/SupportKeys.tsx';
import { Button } from '../parts/Button.tsx';
import { Page } from '../parts/Page.tsx';
import { Freshness } from '../parts/Status.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';

export function MachineAccessPage() {
  const { dialog } = useSearch({ from: '/signed-in/machine-access' });
  const navigate = useNavigate({ from: '/machine-access' });
  const { phase, state: access, error } = useMachineAccess();
  const openDialog = (next: 'add' | undefined) => void navigate({ search: { dialog: next }, replace: true });
  const add = (
    <Button look="primary" icon={KeyRound} onClick={() => openDialog('add')}>
      Add support key
    </Button>
  );
  return (
    <Page
      title="Access to machines"
      summary={access && accessSentence(access)}
      actions={
        <>
          <AsCommandButton lines={commandLines.machineAccess()} />
          {add}
        </>
      }
    >
      <Freshness phase={phase} className="flex flex-col gap-6">
        {phase === 'refused' ? (
          <ProblemNote problem={toProblem(error)} />
        ) : (
          <>
            {access && <BehindMachines machines={access.behind} />}
            <SupportKeys action={add} />
            <People />
          </>
        )}
      </Freshness>
      <AddSupportKeyDialog open={dialog === 'add'} onClose={() => openDialog(undefined)} />
    </Page>
  );
}
