import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Fingerprint, Plus } from 'lucide-react';
import { useState } from 'react';
import { AuthService, type ListPasskeysResponse, type Passkey } from '#proto/muster/v1/auth_pb.js';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { Section } from '../parts/Page.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Table, type Column } from '../parts/Table.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { AddPasskeyDialog } from './AddPasskeyDialog.tsx';
import { PasskeyPlace, passkeysWorkHere } from './PasskeyPlace.tsx';
import { RecoveryCodesLeft } from './RecoveryCodesLeft.tsx';
import { addRefusal, demandSentence, removeRefusal, removeSentence } from './sentence.ts';
import { useConfirmation } from './useConfirmation.tsx';

/** The second factor of one's account: passkeys, and recovery codes beside them. */
export function SecondFactor() {
  const { data, error, refetch } = useQuery(AuthService.method.listPasskeys, {});
  if (data === undefined) {
    return (
      <Section title="Second factor">
        {error ? <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} /> : <TableSkeleton rows={2} />}
      </Section>
    );
  }
  return <Passkeys factor={data} />;
}

function Passkeys({ factor }: { factor: ListPasskeysResponse }) {
  const [adding, setAdding] = useState(false);
  const { passkeys, passkeyOrigin } = factor;
  const works = passkeysWorkHere(passkeyOrigin);
  const demand = demandSentence(factor.requiredBy);
  const add = (
    <Button
      look={passkeys.length === 0 ? 'primary' : 'secondary'}
      icon={Plus}
      disabledReason={addRefusal(factor, works)}
      onClick={() => setAdding(true)}
    >
      Add a passkey
    </Button>
  );
  return (
    <>
      <Section title="Second factor" aside={passkeys.length > 0 && add}>
        {demand !== undefined && <p className="text-table text-ink-muted">{demand}</p>}
        {!works && <PasskeyPlace origin={passkeyOrigin} path="/account" />}
        <Table
          label="Passkeys"
          rows={passkeys}
          columns={columns(factor)}
          rowKey={({ id }) => id}
          empty={
            <EmptyState icon={Fingerprint} title="Your password alone signs you in" action={add}>
              With a passkey, signing in takes something that you have as well: a stolen or guessed password is not
              enough.
            </EmptyState>
          }
        />
      </Section>
      {passkeys.length + factor.recoveryCodesLeft > 0 && <RecoveryCodesLeft factor={factor} />}
      <AddPasskeyDialog
        open={adding}
        first={passkeys.length + factor.recoveryCodesLeft === 0}
        passkeyOrigin={passkeys.length > 0 ? passkeyOrigin : undefined}
        onClose={() => setAdding(false)}
      />
    </>
  );
}

const columns = (factor: ListPasskeysResponse): readonly Column<Passkey>[] => [
  {
    key: 'name',
    header: 'Name',
    heading: true,
    cell: ({ name }) => <span className="font-medium wrap-anywhere">{name}</span>,
  },
  {
    key: 'kind',
    header: 'Kept',
    className: 'text-ink-muted',
    cell: ({ synced }) => (synced ? 'synced between devices' : 'on one device'),
  },
  {
    key: 'site',
    header: 'For',
    className: 'text-ink-muted @max-table:wrap-anywhere',
    cell: ({ site }) => site,
  },
  {
    key: 'added',
    header: 'Added',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
  {
    key: 'used',
    header: 'Last used',
    className: 'whitespace-nowrap text-ink-muted',
    cell: ({ lastUsedAt }) => (lastUsedAt ? <RelativeTime at={lastUsedAt} /> : 'never'),
  },
  {
    key: 'remove',
    header: 'Actions',
    align: 'end',
    heading: true,
    cell: (passkey) => <RemovePasskey passkey={passkey} factor={factor} />,
  },
];

function RemovePasskey({ passkey, factor }: { passkey: Passkey; factor: ListPasskeysResponse }) {
  const [asked, setAsked] = useState(false);
  const remove = useMutation(AuthService.method.deletePasskey);
  const queries = useQueryClient();
  const tell = useTell();
  const { confirmed, dialog } = useConfirmation(factor.passkeyOrigin);
  return (
    <>
      <Button
        small
        aria-label={`Remove ${passkey.name}`}
        disabledReason={removeRefusal(factor)}
        onClick={() => setAsked(true)}
      >
        Remove
      </Button>
      <Confirm
        open={asked}
        onClose={() => setAsked(false)}
        title={`Remove ${passkey.name}`}
        action="Remove passkey"
        onConfirm={async () => {
          if ((await confirmed(() => remove.mutateAsync({ passkeyId: passkey.id }))) === undefined) return;
          tell('The passkey is removed.');
          await queries.invalidateQueries();
        }}
      >
        {removeSentence(factor)}
      </Confirm>
      {dialog}
    </>
  );
}
