import { Link } from '@tanstack/react-router';
import { Box } from 'lucide-react';
import { SnapshotState, type Snapshot } from '#proto/muster/v1/snapshot_pb.js';
import { bytesWord } from '../files/entry.ts';
import { HoldersList } from '../hosts/Holders.tsx';
import { useHostNames } from '../hosts/useHostNames.ts';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { Facts } from '../parts/Facts.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { snapshotLooks, snapshotName } from './words.ts';

/** All that is known of a snapshot. It has an address of its own. */
export function SnapshotDialog({ snapshot, onClose }: { snapshot: Snapshot; onClose: () => void }) {
  const nameOf = useHostNames();
  const refused = workRefusal(useCaller());
  const { id, sandboxId, template, createdBy, state, reason, digest, sizeBytes, createdAt } = snapshot;
  return (
    <Dialog open onClose={onClose} wide title={snapshotName(snapshot)} description="Files of a sandbox as they were.">
      <DialogBody>
        <Panel>
          <Facts
            facts={[
              { term: 'State', value: <StatusPill look={snapshotLooks[state]} /> },
              reason !== '' && { term: 'Why', value: reason },
              { term: 'Id', value: <CopyText text={id} label="the id" /> },
              {
                term: 'Taken of',
                value: (
                  <Link {...paths.sandbox(sandboxId)} className={inlineLinkClasses}>
                    {sandboxId}
                  </Link>
                ),
              },
              { term: 'Stands on', value: template },
              {
                term: 'Taken',
                value: (
                  <>
                    <RelativeTime at={createdAt} /> by {createdBy}
                  </>
                ),
              },
              sizeBytes > 0n && { term: 'Size', value: `${bytesWord(sizeBytes)} of its own` },
              digest !== '' && { term: 'Digest', value: <CopyText text={digest} label="the digest" /> },
              { term: 'Lies in', value: <HoldersList held={snapshot} nameOf={nameOf} /> },
            ]}
          />
        </Panel>
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        {state === SnapshotState.READY && refused === undefined && (
          <Link {...paths.createSandboxFrom(id)} className={buttonClasses('primary')}>
            <Box aria-hidden className="-ml-0.5 size-4" />
            Create a sandbox from it
          </Link>
        )}
      </DialogActions>
    </Dialog>
  );
}
