import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { FleetService, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { Button } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { OneTimeSecret } from '../parts/OneTimeSecret.tsx';
import { Panel } from '../parts/Page.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';

/** How a forge tells of pushes: address, secret (shown once), last delivery. */
export function WebhookPanel({ repository }: { repository: Repository }) {
  const { platformAdmin } = useCaller();
  const [secret, setSecret] = useState('');
  const change = useMutation(FleetService.method.updateRepository);
  const { id, webhook } = repository;
  const denied = platformAdmin ? undefined : 'Only a platform admin sets up webhooks. Ask one of them.';
  const update = async (wish: 'createWebhook' | 'removeWebhook') => {
    const answer = await change.mutateAsync({ repositoryId: id, webhook: { case: wish, value: true } });
    setSecret(answer.webhookSecret);
  };
  return (
    <Panel className="flex flex-col gap-3 px-4 py-3 text-table">
      {webhook ? (
        <>
          <p>
            Address for the forge:{' '}
            <CopyText text={webhook.url} label="the address" className="max-w-full align-bottom" />
          </p>
          {secret !== '' && (
            <OneTimeSecret
              label="The webhook’s secret"
              secret={secret}
              lost="It is shown this once. Lost, it is replaced by a new one; the old one ends then."
            />
          )}
          <p className="text-ink-muted">
            {webhook.lastDeliveryAt ? (
              <>
                Last delivery ({webhook.lastEvent}) <RelativeTime at={webhook.lastDeliveryAt} />.
              </>
            ) : (
              'No delivery has arrived yet. Choose JSON and push events at the forge.'
            )}
          </p>
          {webhook.lastRefusedAt && (
            <p className="text-wrong">
              A delivery with a wrong signature was refused <RelativeTime at={webhook.lastRefusedAt} />.
            </p>
          )}
        </>
      ) : (
        <p className="text-ink-muted">Without a webhook, a push is seen within a minute or so; with one, at once.</p>
      )}
      {change.error && <ProblemNote problem={toProblem(change.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button
          busy={change.isPending}
          disabledReason={denied}
          onClick={() => void update('createWebhook').catch(() => undefined)}
        >
          {webhook ? 'Make a new secret' : 'Set up a webhook'}
        </Button>
        {webhook && (
          <Button
            look="dangerQuiet"
            busy={change.isPending}
            disabledReason={denied}
            onClick={() => void update('removeWebhook').catch(() => undefined)}
          >
            Remove the webhook
          </Button>
        )}
      </div>
    </Panel>
  );
}
