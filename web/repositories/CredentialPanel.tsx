import { useMutation } from '@connectrpc/connect-query';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { FleetService, RepositoryCredentialKind, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { Panel } from '../parts/Page.tsx';
import { useTell } from '../problems/useReport.ts';
import { useCaller } from '../session/useCaller.ts';
import { CredentialDialog } from './CredentialDialog.tsx';

const words: Record<RepositoryCredentialKind, string> = {
  [RepositoryCredentialKind.UNSPECIFIED]: 'It is fetched without a credential: as anybody could.',
  [RepositoryCredentialKind.TOKEN]: 'It is fetched with a token, which is stored sealed and never shown again.',
  [RepositoryCredentialKind.SSH_KEY]: 'It is fetched with an SSH key, which is stored sealed and never shown again.',
};

/** What a repository is fetched with. */
export function CredentialPanel({ repository }: { repository: Repository }) {
  const { platformAdmin } = useCaller();
  const [opened, setOpened] = useState<'change' | 'remove'>();
  const update = useMutation(FleetService.method.updateRepository);
  const tell = useTell();
  const close = () => setOpened(undefined);
  const denied = platformAdmin ? undefined : 'Only a platform admin changes what it is fetched with. Ask one of them.';
  const local = !/^(https|ssh):/.test(repository.url);
  const has = repository.credentialKind !== RepositoryCredentialKind.UNSPECIFIED;
  return (
    <Panel className="flex flex-col items-start gap-3 px-4 py-3 text-table">
      <p className="text-ink-muted">
        {local ? 'It is read from a path on the server, which needs no credential.' : words[repository.credentialKind]}
      </p>
      {!local && (
        <div className="flex flex-wrap gap-2">
          <Button icon={KeyRound} disabledReason={denied} onClick={() => setOpened('change')}>
            {has ? 'Change the credential' : 'Set a credential'}
          </Button>
          {has && (
            <Button look="dangerQuiet" disabledReason={denied} onClick={() => setOpened('remove')}>
              Remove the credential
            </Button>
          )}
        </div>
      )}
      <CredentialDialog repository={repository} open={opened === 'change'} onClose={close} />
      <Confirm
        open={opened === 'remove'}
        onClose={close}
        title={`Remove the credential of ${repository.name}`}
        action="Remove credential"
        onConfirm={async () => {
          await update.mutateAsync({
            repositoryId: repository.id,
            credential: { case: 'removeCredential', value: true },
          });
          tell('The credential was removed.');
        }}
      >
        It is fetched without one from now on. Where the forge asks for one, its head becomes unknown, and nothing that
        is built from it is green.
      </Confirm>
    </Panel>
  );
}
