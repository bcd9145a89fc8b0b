import { X } from 'lucide-react';
import { useState } from 'react';
import type { Sandbox } from '#proto/muster/v1/sandbox_pb.js';
import { Button, IconButton } from '../parts/Button.tsx';
import { bulkActions, bulkTargets, type BulkAction } from './bulk.ts';
import { BulkDialog } from './BulkDialog.tsx';

/** What can be done with the chosen sandboxes. Stays in sight at the lower edge while some are chosen. */
export function BulkBar({
  chosen,
  onChoose,
}: {
  chosen: readonly Sandbox[];
  onChoose: (ids: readonly string[]) => void;
}) {
  const [opened, setOpened] = useState<{ action: BulkAction; targets: readonly Sandbox[] }>();
  return (
    <>
      {chosen.length > 0 && (
        <section
          aria-label="With the chosen sandboxes"
          className="sticky bottom-4 z-20 flex animate-enter flex-wrap items-center gap-1.5 self-center rounded-panel bg-raised p-2 shadow-popup max-md:bottom-18 max-md:self-stretch"
        >
          <p role="status" className="px-2 text-table font-medium max-md:flex-1">
            {chosen.length} chosen
          </p>
          <IconButton label="Choose none" icon={X} onClick={() => onChoose([])} className="md:order-last" />
          <div className="flex flex-wrap gap-1.5 max-md:grid max-md:w-full max-md:grid-cols-3">
            {bulkActions.map((action) => {
              const { targets, refused } = bulkTargets(action, chosen);
              return (
                <Button
                  key={action.key}
                  small
                  icon={action.icon}
                  look={action.key === 'destroy' ? 'dangerQuiet' : 'secondary'}
                  disabledReason={targets.length === 0 ? refused : undefined}
                  onClick={() => setOpened({ action, targets })}
                >
                  {action.word}
                  {targets.length < chosen.length && targets.length > 0 && ` ${targets.length}`}
                </Button>
              );
            })}
          </div>
        </section>
      )}
      {opened && (
        <BulkDialog
          {...opened}
          onClose={() => setOpened(undefined)}
          onDone={(failedIds) => {
            onChoose(failedIds);
            if (failedIds.length === 0) setOpened(undefined);
          }}
        />
      )}
    </>
  );
}
