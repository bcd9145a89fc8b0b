import { createClient } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useEffect, useRef } from 'react';
import { FleetExportFormat, FleetService } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { saveFile } from '../parts/save-file.ts';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

const formats = [
  { value: FleetExportFormat.CSV, label: 'CSV, for spreadsheets' },
  { value: FleetExportFormat.JSON_LINES, label: 'JSON lines, for programs' },
] as const;

interface ExportFleetDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** Only components of this repository; all where it is empty. */
  readonly repository: string;
}

/** Saves the fleet as it is now, as a file. */
export function ExportFleetDialog({ open, onClose, repository }: ExportFleetDialogProps) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Export the fleet"
      description={
        repository === ''
          ? 'A row for each component of each host, as they are now.'
          : `A row for each component of ${repository} on each host, as they are now.`
      }
    >
      <ExportForm onClose={onClose} repository={repository} />
    </Dialog>
  );
}

function ExportForm({ onClose, repository }: Omit<ExportFleetDialogProps, 'open'>) {
  const fleet = createClient(FleetService, useTransport());
  const tell = useTell();
  const leaving = useRef(new AbortController());
  useEffect(() => {
    const left = new AbortController();
    leaving.current = left;
    return () => left.abort();
  }, []);
  const form = useForm<{ format: FleetExportFormat }>({
    initial: { format: FleetExportFormat.CSV },
    submit: async ({ format }) => {
      const pieces: Uint8Array<ArrayBuffer>[] = [];
      let rows = 0;
      for await (const piece of fleet.exportFleet({ format, repository }, { signal: leaving.current.signal })) {
        pieces.push(new Uint8Array(piece.data));
        rows += piece.rows;
      }
      saveFile('muster-fleet', pieces, format === FleetExportFormat.CSV ? 'csv' : 'jsonl');
      tell(rows === 1 ? 'One row was exported.' : `${rows} rows were exported.`);
      onClose();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField {...form.bind('format')} label="Format" choices={formats} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.exportFleet(repository)} />
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
