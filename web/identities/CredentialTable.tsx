import { RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { CredentialState, type Identity, type IdentityCredential } from '#proto/muster/v1/identity_pb.js';
import { Ends } from '../credentials/Ends.tsx';
import { LastUse } from '../credentials/LastUse.tsx';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { RotateCredentialDialog } from './RotateCredentialDialog.tsx';
import { credentialLooks } from './words.ts';

const columns = (identity: Identity, onRotate: (id: string) => void): readonly Column<IdentityCredential>[] => [
  {
    key: 'prefix',
    header: 'Credential',
    heading: true,
    cell: ({ prefix, createdAt }) => (
      <span className="flex min-w-0 flex-col items-start gap-0.5 py-0.5">
        <CopyText text={prefix} show={`${prefix}_…`} label="the public part" className="min-h-6" />
        <span className="text-small text-ink-faint">
          made <RelativeTime at={createdAt} />
        </span>
      </span>
    ),
  },
  {
    key: 'state',
    header: 'State',
    heading: true,
    cell: ({ state }) => <StatusPill look={credentialLooks[state]} />,
  },
  {
    key: 'ends',
    header: 'Ends',
    className: 'whitespace-nowrap',
    cell: ({ state, expiresAt }) =>
      state === CredentialState.REVOKED ? <span className="text-ink-faint">ended</span> : <Ends at={expiresAt} />,
  },
  { key: 'used', header: 'Last used', className: 'text-ink-muted', cell: (one) => <LastUse used={one} /> },
  {
    key: 'actions',
    header: 'Actions',
    align: 'end',
    cell: (credential) => <RotateButton identity={identity} credential={credential} onRotate={onRotate} />,
  },
];

/** The credentials that an identity has had, newest first. */
export function CredentialTable({
  identity,
  credentials,
}: {
  identity: Identity;
  credentials: readonly IdentityCredential[];
}) {
  // Of the table, not of a row: a row's button goes when its credential ends, and the dialog still shows the new secret.
  const [rotating, setRotating] = useState<string>();
  return (
    <>
      <Table
        label="Credentials"
        rows={credentials}
        columns={columns(identity, setRotating)}
        rowKey={({ id }) => id}
        empty={<p className="text-table text-ink-faint">It has no credential.</p>}
      />
      {rotating !== undefined && (
        <RotateCredentialDialog
          identity={identity}
          credentialId={rotating}
          open
          onClose={() => setRotating(undefined)}
        />
      )}
    </>
  );
}

interface RotateButtonProps {
  readonly identity: Identity;
  readonly credential: IdentityCredential;
  readonly onRotate: (id: string) => void;
}

function RotateButton({ identity, credential, onRotate }: RotateButtonProps) {
  const { id, state } = credential;
  if (state !== CredentialState.ACTIVE && state !== CredentialState.RETIRING) return null;
  return (
    <Button
      small
      icon={RefreshCw}
      aria-label={`Rotate ${credential.prefix}`}
      disabledReason={refusal(identity.actions, 'identity.rotate') ?? ''}
      onClick={() => onRotate(id)}
    >
      Rotate
    </Button>
  );
}
