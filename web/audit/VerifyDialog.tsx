import { RotateCw, ShieldAlert, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import type { VerifyAuditResult } from '#proto/muster/v1/audit_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody } from '../parts/Dialog.tsx';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { RelativeTime } from '../time/RelativeTime.tsx';
import { useVerification, type Verification } from './useVerification.ts';

/** Checks the whole audit, as one looks on. */
export function VerifyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [round, setRound] = useState(0);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Verify the audit"
      description="Every row is compared with its seal, the seals with each other, and the chain with its signed checkpoints."
    >
      <VerifyRound key={round} onAgain={() => setRound(round + 1)} onClose={onClose} />
    </Dialog>
  );
}

function VerifyRound({ onAgain, onClose }: { onAgain: () => void; onClose: () => void }) {
  const verification = useVerification();
  const over = verification.result !== undefined || verification.problem !== undefined;
  return (
    <>
      <DialogBody>
        <Outcome verification={verification} />
        {verification.problem && <ProblemNote problem={verification.problem} />}
        {verification.findings.length > 0 && (
          <ul className="flex flex-col gap-1.5 rounded-control bg-wrong-soft px-3 py-2.5 text-table">
            {verification.findings.map((finding) => (
              <li key={`${finding.kind} ${finding.position} ${finding.eventId}`}>{finding.sentence}</li>
            ))}
          </ul>
        )}
        <AsCommand lines={commandLines.verifyAudit()} />
      </DialogBody>
      <DialogActions>
        <Button icon={RotateCw} busy={!over} onClick={onAgain}>
          Verify again
        </Button>
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </DialogActions>
    </>
  );
}

function Outcome({ verification: { progress, result } }: { verification: Verification }) {
  if (result) return <Result result={result} />;
  const [rows, total] = [Number(progress?.rows ?? 0n), Number(progress?.totalRows ?? 0n)];
  return (
    <div className="flex flex-col gap-2">
      <progress
        aria-label="Rows verified"
        value={total === 0 ? undefined : rows}
        max={total === 0 ? undefined : total}
        className="h-1.5 w-full accent-accent"
      />
      <p role="status" className="text-table text-ink-muted">
        {rows.toLocaleString('en')} of {total.toLocaleString('en')} rows
      </p>
    </div>
  );
}

function Result({ result }: { result: VerifyAuditResult }) {
  const Icon = result.intact ? ShieldCheck : ShieldAlert;
  return (
    <div role="status" className="flex gap-3">
      <Icon aria-hidden className={`size-6 shrink-0 ${result.intact ? 'text-good' : 'text-wrong'}`} />
      <div className="flex flex-col gap-1">
        <p className="text-body">{result.sentence}</p>
        {result.waiting > 0n && (
          <p className="text-table text-ink-muted">
            {result.waiting.toString()} {result.waiting === 1n ? 'row waits' : 'rows wait'} for a seal; the oldest was
            made <RelativeTime at={result.waitingSince} />.
          </p>
        )}
        {result.erasedOrigins + result.erasedContents > 0n && (
          <p className="text-table text-ink-muted">
            Erased as personal data, and audited: {result.erasedOrigins.toString()} × where a call came from,{' '}
            {result.erasedContents.toString()} × what it changed.
          </p>
        )}
      </div>
    </div>
  );
}
