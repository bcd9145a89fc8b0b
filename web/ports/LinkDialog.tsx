import { useMutation } from '@connectrpc/connect-query';
import { ExternalLink } from 'lucide-react';
import { useState } from 'react';
import type { SignEndpointResponse } from '#proto/muster/v1/network_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button, buttonClasses } from '../parts/Button.tsx';
import { CommandBlock } from '../parts/Copy.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { durationOf } from '../time/duration.ts';
import { Countdown } from '../time/RelativeTime.tsx';

interface LinkProps {
  readonly sandboxId: string;
  readonly port: number;
  readonly onClose: () => void;
}

const lengths = [
  { value: 600, label: '10 minutes' },
  { value: 3600, label: '1 hour' },
  { value: 86_400, label: '1 day' },
  { value: 604_800, label: '7 days' },
] as const;

/** Makes a link that opens a port for whoever has it. */
export function LinkDialog(props: LinkProps) {
  return (
    <Dialog
      open
      onClose={props.onClose}
      title={`Link to port ${props.port}`}
      description="Whoever has the link can use the port until it ends, without signing in."
    >
      <LinkForm {...props} />
    </Dialog>
  );
}

function LinkForm({ sandboxId, port, onClose }: LinkProps) {
  const sign = useMutation(SandboxService.method.signEndpoint);
  const [link, setLink] = useState<SignEndpointResponse>();
  const form = useForm<{ timeout: number }>({
    initial: { timeout: 3600 },
    submit: async ({ timeout }) => setLink(await sign.mutateAsync({ sandboxId, port, timeout: durationOf(timeout) })),
  });
  const { timeout } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        <SelectField
          {...form.bind('timeout')}
          onChange={(next) => {
            form.bind('timeout').onChange(next);
            setLink(undefined);
          }}
          label="It works for"
          choices={lengths}
        />
        {link && (
          <div className="flex flex-col gap-1.5">
            <CommandBlock command={link.url} label="Copy the link" />
            {link.expiresAt && (
              <p className="text-small text-ink-faint">
                Ends in <Countdown to={link.expiresAt} />. It cannot be taken back before; destroying or stopping the
                sandbox ends it, too.
              </p>
            )}
          </div>
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.signEndpoint(sandboxId, port, timeout)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Close</Button>
        {link ? (
          <a href={link.url} target="_blank" rel="noopener noreferrer" className={buttonClasses('primary')}>
            <ExternalLink aria-hidden className="-ml-0.5 size-4" />
            Open link
          </a>
        ) : (
          <Button type="submit" look="primary" busy={form.busy}>
            Create link
          </Button>
        )}
      </DialogActions>
    </DialogForm>
  );
}
