import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { UserX } from 'lucide-react';
import { useState } from 'react';
import { ApiKeyService, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { useTell } from '../problems/useReport.ts';

/** Keys that stopped with their makers: all of them are taken over or revoked in one step. */
export function OrphanBanner({ orphans }: { orphans: readonly ApiKey[] }) {
  const [opened, setOpened] = useState<'take-over' | 'revoke'>();
  const takeOver = useMutation(ApiKeyService.method.takeOverApiKey);
  const revoke = useMutation(ApiKeyService.method.revokeApiKey);
  const queries = useQueryClient();
  const tell = useTell();
  const close = () => setOpened(undefined);
  const first = orphans[0];
  if (first === undefined) return null;
  const count = orphans.length === 1 ? '1 key' : `${orphans.length} keys`;
  const makers = [...new Set(orphans.map(({ makerName, maker }) => makerName || maker))].join(', ');
  const names = orphans.map(({ name }) => name).join(', ');
  const each = async (act: (keyId: string) => Promise<unknown>, done: string) => {
    // One after the other: what was done before one fails stays done, and shows.
    for (const { id } of orphans) await act(id);
    tell(done);
    await queries.invalidateQueries();
  };
  return (
    <section
      aria-label="Keys whose makers have left"
      className="flex flex-wrap items-center gap-x-4 gap-y-3 rounded-panel bg-attention-soft px-4 py-3 text-table"
    >
      <UserX aria-hidden className="size-4 shrink-0 text-attention" />
      <p className="min-w-0 flex-1 basis-64">
        <span className="font-medium">
          {count} of {makers} stopped working
        </span>
        , because who made {orphans.length === 1 ? 'it' : 'them'} has no role here any more: {names}.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button
          disabledReason={refusal(first.actions, 'api_key.take_over') ?? ''}
          onClick={() => setOpened('take-over')}
        >
          Take over
        </Button>
        <Button
          look="dangerQuiet"
          disabledReason={refusal(first.actions, 'api_key.revoke') ?? ''}
          onClick={() => setOpened('revoke')}
        >
          Revoke {count}
        </Button>
      </div>
      <Confirm
        open={opened === 'take-over'}
        onClose={close}
        title={`Take ${count} over`}
        action={`Take ${count} over`}
        look="primary"
        onConfirm={() =>
          each((keyId) => takeOver.mutateAsync({ keyId }), `${count} of ${makers} work again, by your rights.`)
        }
      >
        {names}: they work again with the secrets that they have, by your rights. Rotate them afterwards, where {makers}{' '}
        may still know the secrets.
      </Confirm>
      <Confirm
        open={opened === 'revoke'}
        onClose={close}
        title={`Revoke ${count}`}
        action={`Revoke ${count}`}
        onConfirm={() => each((keyId) => revoke.mutateAsync({ keyId }), `${count} of ${makers} ended for good.`)}
      >
        {names}: they do not work now, and never will again. This cannot be undone.
      </Confirm>
    </section>
  );
}
