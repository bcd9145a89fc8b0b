import { createClient } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useEffect, useRef, useState } from 'react';
import { AuditExportFormat, AuditService } from '#proto/muster/v1/audit_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { saveFile } from '../parts/save-file.ts';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { filterOf, type AuditSearch } from './filter.ts';

const formats = [
  { value: AuditExportFormat.CSV, label: 'CSV, for spreadsheets' },
  { value: AuditExportFormat.JSON_LINES, label: 'JSON lines, for programs' },
] as const;

interface ExportDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly search: AuditSearch;
  readonly teamId: string;
}

/** Saves what the page shows, all of it, as a file. */
export function ExportDialog({ open, onClose, search, teamId }: ExportDialogProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Export the audit"
      description="All rows that pass the page’s filter, oldest first. The export is itself audited."
    >
      <ExportForm onClose={onClose} search={search} teamId={teamId} />
    </Dialog>
  );
}

function ExportForm({ onClose, search, teamId }: Omit<ExportDialogProps, 'open'>) {
  const audit = createClient(AuditService, useTransport());
  const tell = useTell();
  const [rows, setRows] = useState(0);
  const leaving = useRef(new AbortController());
  useEffect(() => {
    const left = new AbortController();
    leaving.current = left;
    return () => left.abort();
  }, []);
  const form = useForm<{ format: AuditExportFormat }>({
    initial: { format: AuditExportFormat.CSV },
    submit: async ({ format }) => {
      const { signal } = leaving.current;
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      let count = 0;
      const request = { format, teamId, filter: filterOf(search, Date.now()) };
      for await (const piece of audit.exportAuditEvents(request, { signal })) {
        pieces.push(new Uint8Array(piece.data));
        count += piece.rows;
        setRows(count);
      }
      saveFile('muster-audit', pieces, format === AuditExportFormat.CSV ? 'csv' : 'jsonl');
      tell(count === 1 ? 'One row was exported.' : `${count} rows were exported.`);
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField {...form.bind('format')} label="Format" choices={formats} />
        {form.busy && (
          <p role="status" className="text-table text-ink-muted">
            {rows.toLocaleString('en')} rows so far…
          </p>
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.exportAudit(search, teamId)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Export
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
