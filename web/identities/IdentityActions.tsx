import { CirclePause, CirclePlay, Ellipsis, Plus, RefreshCw, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { IdentityState, type Identity } from '#proto/muster/v1/identity_pb.js';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { refusal } from '../parts/allowed.ts';
import { IconButton } from '../parts/Button.tsx';
import { AddCredentialDialog } from './AddCredentialDialog.tsx';
import { PauseDialog } from './PauseDialog.tsx';
import { ResumeDialog } from './ResumeDialog.tsx';
import { RevokeIdentityDialog } from './RevokeIdentityDialog.tsx';
import { RotateCredentialDialog } from './RotateCredentialDialog.tsx';

/** What can be done with an identity. */
export function IdentityActions({ identity, bordered = false }: { identity: Identity; bordered?: boolean }) {
  const [opened, setOpened] = useState<'add' | 'rotate' | 'pause' | 'resume' | 'revoke'>();
  const close = () => setOpened(undefined);
  const why = (action: string) => refusal(identity.actions, `identity.${action}`);
  const resumes = identity.state === IdentityState.PAUSED || identity.orphaned;
  return (
    <>
      <ActionMenu
        trigger={
          <IconButton
            label={`Actions for ${identity.name}`}
            icon={Ellipsis}
            bordered={bordered}
            className={bordered ? '' : 'relative z-1 -my-1.5'}
          />
        }
        actions={[
          {
            label: 'New credential',
            icon: Plus,
            onSelect: () => setOpened('add'),
            disabledReason: why('create_credential'),
          },
          {
            label: 'Rotate its credential',
            icon: RefreshCw,
            onSelect: () => setOpened('rotate'),
            disabledReason: why('rotate'),
          },
          resumes
            ? {
                label: 'Resume',
                icon: CirclePlay,
                onSelect: () => setOpened('resume'),
                disabledReason: why('resume'),
              }
            : {
                label: 'Pause',
                icon: CirclePause,
                onSelect: () => setOpened('pause'),
                disabledReason: why('pause'),
              },
          {
            label: 'Revoke',
            icon: Trash2,
            destructive: true,
            onSelect: () => setOpened('revoke'),
            disabledReason: why('revoke'),
          },
        ]}
      />
      <AddCredentialDialog identity={identity} open={opened === 'add'} onClose={close} />
      <RotateCredentialDialog identity={identity} credentialId="" open={opened === 'rotate'} onClose={close} />
      <PauseDialog identity={identity} open={opened === 'pause'} onClose={close} />
      <ResumeDialog identity={identity} open={opened === 'resume'} onClose={close} />
      <RevokeIdentityDialog identity={identity} open={opened === 'revoke'} onClose={close} />
    </>
  );
}
