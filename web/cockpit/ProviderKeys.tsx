import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Coins, KeyRound, Key, Share2, Waypoints, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { ProviderKeySource, TesterKeyService, type ProviderKey } from '#proto/muster/v1/tester_key_pb.js';
import { refusal } from '../parts/allowed.ts';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { Panel, Section } from '../parts/Page.tsx';
import { StatusPill, type StatusLook } from '../parts/Status.tsx';
import { useTell } from '../problems/useReport.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { OwnKeyDialog } from './OwnKeyDialog.tsx';

interface Looked {
  readonly tone: StatusLook['tone'];
  readonly word: string;
  readonly icon: LucideIcon;
}

const looks: Readonly<Record<ProviderKeySource, Looked>> = {
  [ProviderKeySource.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: Key },
  [ProviderKeySource.NONE]: { tone: 'idle', word: 'None', icon: Key },
  [ProviderKeySource.OWN]: { tone: 'good', word: 'Your own', icon: KeyRound },
  [ProviderKeySource.MINTED]: { tone: 'good', word: 'Minted for you', icon: Coins },
  [ProviderKeySource.DEFAULT]: { tone: 'good', word: 'Default', icon: Share2 },
  [ProviderKeySource.GATEWAY]: { tone: 'good', word: 'Through Muster', icon: Waypoints },
};

/** There is no stream for keys: while the page is open it asks this often. */
const refetchInterval = 10_000;

/** Whose keys the assistants in the sandboxes work with. Values are nowhere. */
export function ProviderKeys({ teamId }: { teamId: string }) {
  const { data } = useQuery(TesterKeyService.method.listProviderKeys, { teamId }, { refetchInterval, retry: false });
  if (data === undefined) return null;
  return (
    <Section title="Keys for models">
      <Panel>
        <ul aria-label="Keys for models">
          {data.keys.map((key) => (
            <li key={key.provider} className="flex flex-col gap-2 border-line px-4 py-3 text-table not-last:border-b">
              <div className="flex flex-wrap items-center justify-between gap-2">
                <h3 className="font-medium">{key.title}</h3>
                <StatusPill look={looks[key.source]} />
              </div>
              <p className="text-small text-ink-muted">
                {key.sentence}
                {key.minted?.rotatesAt && key.source === ProviderKeySource.MINTED && (
                  <>
                    {' '}
                    Replaced <RelativeTime at={key.minted.rotatesAt} />.
                  </>
                )}
              </p>
              <KeyActions teamId={teamId} providerKey={key} />
            </li>
          ))}
        </ul>
        {data.delivery && data.delivery.sandboxes > 0 && (
          <p className="border-t border-line px-4 py-2.5 text-small text-ink-faint">{data.delivery.sentence}</p>
        )}
      </Panel>
    </Section>
  );
}

function KeyActions({ teamId, providerKey: key }: { teamId: string; providerKey: ProviderKey }) {
  const [opened, setOpened] = useState<'enter' | 'remove'>();
  const tell = useTell();
  const queries = useQueryClient();
  const clear = useMutation(TesterKeyService.method.clearProviderKey);
  const close = () => setOpened(undefined);
  const isOwn = key.source === ProviderKeySource.OWN;
  return (
    <div className="flex flex-wrap gap-2">
      <Button
        small
        disabledReason={refusal(key.actions, 'provider_key.set')}
        aria-label={`${isOwn ? 'Replace your own key' : 'Enter your own key'} at ${key.title}`}
        onClick={() => setOpened('enter')}
      >
        {isOwn ? 'Replace' : 'Enter your own'}
      </Button>
      {isOwn && (
        <Button
          small
          look="dangerQuiet"
          disabledReason={refusal(key.actions, 'provider_key.clear')}
          aria-label={`Remove your own key at ${key.title}`}
          onClick={() => setOpened('remove')}
        >
          Remove
        </Button>
      )}
      <OwnKeyDialog teamId={teamId} providerKey={key} open={opened === 'enter'} onClose={close} />
      <Confirm
        open={opened === 'remove'}
        onClose={close}
        title={`Remove your own key at ${key.title}`}
        action="Remove the key"
        onConfirm={async () => {
          await clear.mutateAsync({ teamId, provider: key.provider, version: key.own?.version ?? 0n });
          tell(`Your own key at ${key.title} is removed.`);
          await queries.invalidateQueries();
        }}
      >
        It is forgotten here, and goes on working at {key.title} until you end it there. What you were given counts
        again.
      </Confirm>
    </div>
  );
}
