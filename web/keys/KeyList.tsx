import { KeyRound, Plus } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { KeyState, type ApiKey } from '#proto/muster/v1/api_key_pb.js';
import { AsCommandButton } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { EmptyState } from '../parts/EmptyState.tsx';
import { FilterPills } from '../parts/FilterPills.tsx';
import { Page } from '../parts/Page.tsx';
import { SearchField } from '../parts/SearchField.tsx';
import { TableSkeleton } from '../parts/Skeleton.tsx';
import { Switch } from '../parts/Switch.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTime } from '../time/useTime.ts';
import { BootstrapNote } from './BootstrapNote.tsx';
import { passes, type KeySearch } from './filter.ts';
import { KeyDialog } from './KeyDialog.tsx';
import { KeyTable } from './KeyTable.tsx';
import { MintKeyDialog } from './MintKeyDialog.tsx';
import { OrphanBanner } from './OrphanBanner.tsx';
import { RotateKeyDialog } from './RotateKeyDialog.tsx';
import { keysSentence } from './sentence.ts';
import { keyStateOf, keyStates, keyStateWords } from './states.ts';
import { useKeys } from './useKeys.ts';

interface KeyListProps {
  readonly title: string;
  /** Undefined for the installation. */
  readonly team: { readonly id: string; readonly name: string } | undefined;
  readonly search: KeySearch;
  readonly onSearch: (change: KeySearch) => void;
  readonly mintRefused: string | undefined;
  /** What such keys are, for an empty page. */
  readonly about: ReactNode;
}

/** The page of a team's keys, or of the installation's. */
export function KeyList({ title, team, search, onSearch, mintRefused, about }: KeyListProps) {
  const { keys, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useKeys(
    team?.id ?? '',
    search.ended === 'shown',
  );
  const [rotating, setRotating] = useState<ApiKey>();
  // To the minute: what ends soon does not change faster.
  const nowMs = useTime((now) => Math.floor(now / 60_000) * 60_000);
  const mint = (
    <Button
      look="primary"
      icon={Plus}
      {...(mintRefused !== undefined && { disabledReason: mintRefused })}
      onClick={() => onSearch({ dialog: 'mint' })}
    >
      New key
    </Button>
  );
  const bootstrap = keys?.find(({ createdBy, state }) => createdBy === 'bootstrap' && state === KeyState.ACTIVE);
  return (
    <Page
      title={title}
      summary={keys && keysSentence(keys, nowMs)}
      actions={
        <>
          <AsCommandButton lines={commandLines.keys(team?.id ?? '', search.ended === 'shown')} />
          {mint}
        </>
      }
    >
      {bootstrap && <BootstrapNote apiKey={bootstrap} />}
      {keys && <OrphanBanner orphans={keys.filter(({ state }) => state === KeyState.ORPHANED)} />}
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <SearchField
          label="Find by name or prefix"
          value={search.q ?? ''}
          onChange={(text) => onSearch({ q: text || undefined })}
        />
        <FilterPills
          label="State"
          pills={keyStateWords
            .map((value) => ({
              value,
              word: keyStates[value].word,
              tone: keyStates[value].tone,
              count: (keys ?? []).filter((key) => keyStateOf(key, nowMs) === value).length,
            }))
            .filter(({ count, value }) => count > 0 || value === search.state)}
          chosen={search.state}
          onChoose={(state) => onSearch({ state })}
        />
        <span className="ml-auto">
          <Switch
            label="Keys that have ended"
            on={search.ended === 'shown'}
            words={{ on: 'ended keys shown', off: 'ended keys hidden' }}
            onChange={(on) => onSearch({ ended: on ? 'shown' : undefined, state: undefined })}
          />
        </span>
      </div>
      {error && <ProblemNote problem={toProblem(error)} onRetry={() => void refetch()} />}
      {keys === undefined && !error && <TableSkeleton columns={6} />}
      {keys !== undefined && (
        <KeyTable
          keys={keys.filter((key) => passes(key, search, nowMs))}
          nowMs={nowMs}
          search={search}
          onRotate={setRotating}
          empty={
            keys.length === 0 ? (
              <EmptyState
                icon={KeyRound}
                title="No keys yet"
                action={mint}
                command={commandLines.mintExample(team?.id)}
              >
                {about}
              </EmptyState>
            ) : (
              <EmptyState
                icon={KeyRound}
                title="No key passes this filter"
                action={<Button onClick={() => onSearch({ q: undefined, state: undefined })}>Show all keys</Button>}
              >
                The filter stands in the address of this page, so a link to it shows the same.
              </EmptyState>
            )
          }
        />
      )}
      {hasNextPage && (
        <Button className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more keys
        </Button>
      )}
      <MintKeyDialog
        team={team}
        open={search.dialog === 'mint' && mintRefused === undefined}
        onClose={() => onSearch({ dialog: undefined })}
      />
      {rotating && <RotateKeyDialog apiKey={rotating} open onClose={() => setRotating(undefined)} />}
      <KeyDialog keyId={search.key} nowMs={nowMs} onClose={() => onSearch({ key: undefined })} />
    </Page>
  );
}
