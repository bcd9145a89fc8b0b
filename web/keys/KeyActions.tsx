import { Ellipsis, RefreshCw, Trash2, UserCheck } from 'lucide-react';
import { useState } from 'react';
import type { ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { ActionMenu } from '../parts/ActionMenu.tsx';
import { refusal } from '../parts/allowed.ts';
import { IconButton } from '../parts/Button.tsx';
import { RevokeKeyDialog } from './RevokeKeyDialog.tsx';
import { TakeOverKeyDialog } from './TakeOverKeyDialog.tsx';

/** What can be done with a key. `onRotate` opens a dialog of the page: a row can leave the list while it shows a secret. */
export function KeyActions({ apiKey, onRotate }: { apiKey: ApiKey; onRotate: () => void }) {
  const [opened, setOpened] = useState<'take-over' | 'revoke'>();
  const close = () => setOpened(undefined);
  const takeOver = refusal(apiKey.actions, 'api_key.take_over');
  return (
    <>
      <ActionMenu
        trigger={<IconButton label={`Actions for ${apiKey.name}`} icon={Ellipsis} className="relative z-1 -my-1.5" />}
        actions={[
          {
            label: 'Rotate',
            icon: RefreshCw,
            onSelect: onRotate,
            disabledReason: refusal(apiKey.actions, 'api_key.rotate'),
          },
          {
            label: 'Take over',
            icon: UserCheck,
            onSelect: () => setOpened('take-over'),
            disabledReason: takeOver,
          },
          {
            label: 'Revoke',
            icon: Trash2,
            destructive: true,
            onSelect: () => setOpened('revoke'),
            disabledReason: refusal(apiKey.actions, 'api_key.revoke'),
          },
        ]}
      />
      <TakeOverKeyDialog apiKey={apiKey} open={opened === 'take-over'} onClose={close} />
      <RevokeKeyDialog apiKey={apiKey} open={opened === 'revoke'} onClose={close} />
    </>
  );
}
