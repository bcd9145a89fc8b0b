import { useMutation } from '@connectrpc/connect-query';
import { useState } from 'react';
import { FleetService, type ProvenanceKey, type Repository } from '#proto/muster/v1/fleet_pb.js';
import { Button } from '../parts/Button.tsx';
import { Confirm } from '../parts/Confirm.tsx';
import { Panel } from '../parts/Page.tsx';
import { toProblem } from '../problems/problem.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { useCaller } from '../session/useCaller.ts';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { TrustKeyDialog } from './TrustKeyDialog.tsx';

/** Whose signatures say what was built from a repository, and whether that is asked for. */
export function ProvenancePanel({ repository }: { repository: Repository }) {
  const { platformAdmin } = useCaller();
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<ProvenanceKey>();
  const update = useMutation(FleetService.method.updateRepository);
  const remove = useMutation(FleetService.method.removeProvenanceKey);
  const tell = useTell();
  const { id, name, requireProvenance, provenanceKeys } = repository;
  const denied = platformAdmin ? undefined : 'Only a platform admin says what is trusted. Ask one of them.';
  const demand = () => update.mutateAsync({ repositoryId: id, requireProvenance: !requireProvenance });
  return (
    <Panel className="flex flex-col items-start gap-3 px-4 py-3 text-table">
      <p className="text-pretty text-ink-muted">
        {requireProvenance
          ? 'Components have to run what CI has signed: without that they are unverified, and not green.'
          : 'What runs counts as the hosts report it. Where CI signs what it builds (SLSA provenance), it can be verified.'}
      </p>
      {provenanceKeys.length > 0 && (
        <ul aria-label="Trusted keys" className="flex w-full flex-col divide-y divide-line">
          {provenanceKeys.map((key) => (
            <li key={key.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1.5">
              <span className="font-medium wrap-anywhere">{key.name}</span>
              <code className="text-code text-ink-faint">{key.id.slice(0, 12)}</code>
              <span className="text-small text-ink-faint">
                trusted since <RelativeTime at={key.addedAt} />
              </span>
              <Button
                small
                look="dangerQuiet"
                className="ml-auto"
                disabledReason={denied}
                onClick={() => setLeaving(key)}
              >
                Distrust<span className="sr-only"> {key.name}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {update.error && <ProblemNote problem={toProblem(update.error)} />}
      <div className="flex flex-wrap gap-2">
        <Button disabledReason={denied} onClick={() => setAdding(true)}>
          Trust a key
        </Button>
        <Button busy={update.isPending} disabledReason={denied} onClick={() => void demand().catch(() => undefined)}>
          {requireProvenance ? 'Require it no more' : 'Require provenance'}
        </Button>
      </div>
      <TrustKeyDialog repository={repository} open={adding} onClose={() => setAdding(false)} />
      <Confirm
        open={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        title={`Trust ${leaving?.name} no more`}
        action="Distrust key"
        onConfirm={async () => {
          if (!leaving) return;
          await remove.mutateAsync({ repositoryId: id, keyId: leaving.id });
          tell(`${name} trusts ${leaving.name} no more.`);
        }}
      >
        What it has signed is verified no more, and what CI signs with it from now on is refused.
      </Confirm>
    </Panel>
  );
}
