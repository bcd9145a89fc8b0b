import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { AlertService, ChannelKind, type Channel } from '#proto/muster/v1/alert_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { StoreSecret } from '../credentials/StoreSecret.tsx';
import { Button } from '../parts/Button.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { TextAreaField } from '../parts/TextAreaField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { channelLooks } from './states.ts';
import { addressesIn, targetOf, type ChannelValues } from './channel-form.ts';

interface ChannelDialogProps {
  /** Undefined: a new one is made. */
  readonly channel: Channel | undefined;
  readonly mailConfigured: boolean;
  readonly onClose: () => void;
}

/** Makes a channel, or changes one. A webhook's secret is shown once, and gone with the dialog. */
export function ChannelDialog({ channel, mailConfigured, onClose }: ChannelDialogProps) {
  const [secret, setSecret] = useState('');
  return (
    <Dialog
      open
      onClose={onClose}
      dismissible={secret === ''}
      title={channel ? `Change ${channel.name}` : 'New channel'}
      description={secret === '' ? 'Addresses are kept sealed and never shown again.' : undefined}
    >
      {secret === '' ? (
        <ChannelForm channel={channel} mailConfigured={mailConfigured} onClose={onClose} onSecret={setSecret} />
      ) : (
        <StoreSecret
          label="Signing secret"
          secret={secret}
          lost="It is shown this once. If it is lost, change the channel and make a new one."
          onStored={onClose}
        >
          <p className="text-table text-ink-muted">
            Every message carries <code className="text-code">webhook-id</code>,{' '}
            <code className="text-code">webhook-timestamp</code> and{' '}
            <code className="text-code">webhook-signature</code>: libraries for Standard Webhooks check them with this
            secret.
          </p>
        </StoreSecret>
      )}
    </Dialog>
  );
}

function ChannelForm({
  channel,
  mailConfigured,
  onClose,
  onSecret,
}: ChannelDialogProps & { onSecret: (secret: string) => void }) {
  const make = useMutation(AlertService.method.createChannel);
  const change = useMutation(AlertService.method.updateChannel);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm<ChannelValues>({
    initial: {
      name: channel?.name ?? '',
      kind: channel?.kind ?? ChannelKind.WEBHOOK,
      url: '',
      addresses: channel?.kind === ChannelKind.MAIL ? channel.target.replaceAll(', ', '\n') : '',
      rotate_secret: false,
    },
    check: ({ name, kind, url, addresses }) => ({
      name: name.trim() === '' ? 'Give the channel a name, such as “pager”.' : undefined,
      url: !channel && kind !== ChannelKind.MAIL && url.trim() === '' ? 'Say where messages are sent to.' : undefined,
      addresses:
        kind === ChannelKind.MAIL && addressesIn(addresses).length === 0 ? 'Name at least one address.' : undefined,
    }),
    submit: async (values) => {
      const [name, target] = [values.name.trim(), targetOf(values)];
      const { signingSecret } = channel
        ? await change.mutateAsync({ channelId: channel.id, name, target, rotateSecret: values.rotate_secret })
        : await make.mutateAsync({ name, target });
      await queries.invalidateQueries();
      if (signingSecret !== '') return onSecret(signingSecret);
      onClose();
      tell(channel ? `${name} is changed.` : `${name} is made. Try it with Test.`);
    },
  });
  const { kind } = form.values;
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" placeholder="pager" maxLength={100} />
        {!channel && <SelectField {...form.bind('kind')} label="Kind" choices={kindChoices} />}
        {kind === ChannelKind.MAIL ? (
          <TextAreaField
            {...form.bind('addresses')}
            label="Addresses"
            help={
              mailConfigured ? 'One a line; each gets a mail of its own.' : 'No mail is configured yet: do that first.'
            }
          />
        ) : (
          <TextField
            {...form.bind('url')}
            label="Address"
            optional={channel !== undefined}
            help={
              channel
                ? `It leads to ${channel.target}. Leave it empty to keep it.`
                : 'https://…. Private networks only where the server’s configuration allows them.'
            }
            placeholder={kind === ChannelKind.SLACK ? 'https://hooks.slack.com/services/…' : 'https://example.com/hook'}
            mono
            spellCheck={false}
            autoComplete="off"
          />
        )}
        {channel && kind === ChannelKind.WEBHOOK && (
          <CheckField
            {...form.bind('rotate_secret')}
            label="Make a new signing secret"
            help="The old one ends at once."
          />
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.alertChannel(channel?.id, form.values.name.trim(), kind)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          {channel ? 'Save' : 'Add channel'}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const kindChoices = [ChannelKind.WEBHOOK, ChannelKind.SLACK, ChannelKind.MAIL].map((value) => ({
  value,
  label: channelLooks[value].word,
}));
