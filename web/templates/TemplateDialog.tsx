import { Link } from '@tanstack/react-router';
import { Box } from 'lucide-react';
import { TemplateState, type Template } from '#proto/muster/v1/template_pb.js';
import { bytesWord } from '../files/entry.ts';
import { HoldersList } from '../hosts/Holders.tsx';
import { useHostNames } from '../hosts/useHostNames.ts';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { CopyText } from '../parts/Copy.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { Facts } from '../parts/Facts.tsx';
import { Panel } from '../parts/Page.tsx';
import { StatusPill } from '../parts/Status.tsx';
import { paths } from '../paths.ts';
import { workRefusal } from '../session/may-work.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { templateLooks } from './words.ts';

/** All that is known of a template. It has an address of its own. */
export function TemplateDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const nameOf = useHostNames();
  const refused = workRefusal(useCaller());
  const { id, name, version, source, createdBy, state, reason, digest, sizeBytes, createdAt } = template;
  return (
    <Dialog open onClose={onClose} wide title={`${name}, version ${version}`} description={`Made from ${source}.`}>
      <DialogBody>
        <Panel>
          <Facts
            facts={[
              { term: 'State', value: <StatusPill look={templateLooks[state]} /> },
              reason !== '' && { term: 'Why', value: reason },
              { term: 'Id', value: <CopyText text={id} label="the id" /> },
              {
                term: 'Made',
                value: (
                  <>
                    <RelativeTime at={createdAt} /> by {createdBy}
                  </>
                ),
              },
              sizeBytes > 0n && { term: 'Size', value: bytesWord(sizeBytes) },
              digest !== '' && { term: 'Digest', value: <CopyText text={digest} label="the digest" /> },
              { term: 'Lies in', value: <HoldersList held={template} nameOf={nameOf} /> },
            ]}
          />
        </Panel>
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        {state === TemplateState.READY && refused === undefined && (
          <Link {...paths.createSandboxFrom(name)} className={buttonClasses('primary')}>
            <Box aria-hidden className="-ml-0.5 size-4" />
            Create a sandbox from it
          </Link>
        )}
      </DialogActions>
    </Dialog>
  );
}
