import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Ellipsis, Eraser, KeyRound, Lock, LockOpen, ShieldMinus, ShieldOff, ShieldPlus } from 'lucide-react';
import { useState } from 'react';
import { UserService, type User } from '#proto/muster/v1/user_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { IconButton } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { ConfirmByName } from '../parts/ConfirmByName.tsx';
import { useTell } from '../problems/useReport.ts';
import { useCaller } from '../session/useCaller.ts';
import { EraseUserDialog } from './EraseUserDialog.tsx';
import { ResetFactorDialog } from './ResetFactorDialog.tsx';
import { ResetLinkDialog } from './ResetLinkDialog.tsx';

/** What can be done with a user. */
export function UserActions({ user }: { user: User }) {
  const { userId } = useCaller();
  const [opened, setOpened] = useState<'active' | 'admin' | 'reset' | 'factor' | 'erase'>();
  return (
    <>
      <ActionMenu
        trigger={<IconButton label={`Actions for ${user.name}`} icon={Ellipsis} className="-my-1.5" />}
        actions={[
          {
            label: user.platformAdmin ? 'No longer platform admin' : 'Make platform admin',
            icon: user.platformAdmin ? ShieldMinus : ShieldPlus,
            onSelect: () => setOpened('admin'),
          },
          {
            label: 'New password by link',
            icon: KeyRound,
            onSelect: () => setOpened('reset'),
            disabledReason: user.active ? undefined : 'Let them in again first.',
          },
          {
            label: 'Reset second factor',
            icon: ShieldOff,
            onSelect: () => setOpened('factor'),
            disabledReason: resetRefusal(user, userId),
          },
          {
            label: user.active ? 'Lock out' : 'Let in again',
            icon: user.active ? Lock : LockOpen,
            destructive: user.active,
            onSelect: () => setOpened('active'),
            disabledReason:
              user.id === userId ? 'You cannot lock yourself out: ask another platform admin.' : undefined,
          },
          {
            label: 'Erase for good',
            icon: Eraser,
            destructive: true,
            onSelect: () => setOpened('erase'),
            disabledReason: user.id === userId ? 'You cannot erase yourself: ask another platform admin.' : undefined,
          },
        ]}
      />
      <ActiveDialog user={user} open={opened === 'active'} onClose={() => setOpened(undefined)} />
      <ResetLinkDialog user={user} open={opened === 'reset'} onClose={() => setOpened(undefined)} />
      <ResetFactorDialog user={user} open={opened === 'factor'} onClose={() => setOpened(undefined)} />
      <EraseUserDialog user={user} open={opened === 'erase'} onClose={() => setOpened(undefined)} />
      <AdminDialog user={user} open={opened === 'admin'} onClose={() => setOpened(undefined)} />
    </>
  );
}

function resetRefusal(user: User, viewerId: string): string | undefined {
  if (user.id === viewerId) return 'Change your own on your account page.';
  return user.secondFactor ? undefined : 'They have none.';
}

interface UserDialogProps {
  readonly user: User;
  readonly open: boolean;
  readonly onClose: () => void;
}

function ActiveDialog({ user, open, onClose }: UserDialogProps) {
  const setActive = useMutation(UserService.method.setUserActive);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={user.active ? `Lock ${user.name} out` : `Let ${user.name} in again`}
      action={user.active ? `Lock ${user.name} out` : `Let ${user.name} in`}
      look={user.active ? 'danger' : 'primary'}
      onConfirm={async () => {
        const { teamsWithoutOwner } = await setActive.mutateAsync({ userId: user.id, active: !user.active });
        const without =
          teamsWithoutOwner.length > 0 ? ` Without an owner until then: ${teamsWithoutOwner.join(', ')}.` : '';
        tell(user.active ? `${user.name} is locked out.${without}` : `${user.name} may sign in again.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.setUserActive(user.id, !user.active)} />}
    >
      {user.active
        ? 'Their sessions end at once, their keys stop working, and they cannot sign in. Teams, roles and sandboxes stay, so that you can let them in again. Teams that only they own have nobody to manage owners until then.'
        : 'They can sign in with their password, and have their teams and roles as before. Sessions that ended stay ended.'}
    </Confirm>
  );
}

function AdminDialog({ user, open, onClose }: UserDialogProps) {
  const setAdmin = useMutation(UserService.method.setPlatformAdmin);
  const queries = useQueryClient();
  const tell = useTell();
  return (
    <ConfirmByName
      open={open}
      onClose={onClose}
      title={user.platformAdmin ? `End ${user.name}’s rights as platform admin` : `Make ${user.name} a platform admin`}
      name={user.name}
      action={user.platformAdmin ? 'End the rights' : `Make ${user.name} a platform admin`}
      onConfirm={async () => {
        await setAdmin.mutateAsync({ userId: user.id, platformAdmin: !user.platformAdmin });
        tell(user.platformAdmin ? `${user.name} is no longer a platform admin.` : `${user.name} is a platform admin.`);
        await queries.invalidateQueries();
      }}
      command={<AsCommand lines={commandLines.setPlatformAdmin(user.id, !user.platformAdmin)} />}
    >
      {user.platformAdmin
        ? 'They no longer see this area, all teams and the whole audit, and no longer manage machines. Their teams stay.'
        : 'Platform admins run the installation: machines, all teams, all users and the whole audit. They can end your rights, too.'}
    </ConfirmByName>
  );
}
