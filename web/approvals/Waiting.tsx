import { Link } from '@tanstack/react-router';
import { Hourglass } from 'lucide-react';
import type { Approval } from '#proto/muster/v1/identity_pb.js';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { paths } from '../paths.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { RequestFacts } from './RequestFacts.tsx';

/** The last step of a dialog whose call waits for a second person. */
export const Waiting = ({ approval, onClose }: { approval: Approval; onClose: () => void }) => (
  <>
    <DialogBody>
      <p role="status" className="flex gap-2.5 rounded-control bg-attention-soft px-3 py-2.5 text-table">
        <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-attention" />
        <span>
          <span className="font-medium">This waits for a second person.</span> Another owner of {approval.teamName}, or
          a platform admin where you are the only one, approves exactly this; the request ends{' '}
          <RelativeTime at={approval.expiresAt} />. Then you carry it out, on the page of approvals.
        </span>
      </p>
      <RequestFacts approval={approval} />
    </DialogBody>
    <DialogActions>
      <Link {...paths.approvals()} className={buttonClasses('secondary')}>
        See approvals
      </Link>
      <Button look="primary" onClick={onClose}>
        Done
      </Button>
    </DialogActions>
  </>
);
