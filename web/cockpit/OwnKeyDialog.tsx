import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { TesterKeyService, type ProviderKey } from '#proto/muster/v1/tester_key_pb.js';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { PasswordField } from '../parts/Field.tsx';
import { inlineLinkClasses } from '../parts/links.ts';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

interface OwnKeyDialogProps {
  readonly teamId: string;
  readonly providerKey: ProviderKey;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Takes a key of the user's own. It goes in, and never comes out. */
export function OwnKeyDialog(props: OwnKeyDialogProps) {
  const { providerKey, open, onClose } = props;
  return (
    <Dialog open={open} onClose={onClose} title={`Your own key at ${providerKey.title}`}>
      <OwnKeyForm {...props} />
    </Dialog>
  );
}

function OwnKeyForm({ teamId, providerKey: { provider, title, keysAt, own }, onClose }: OwnKeyDialogProps) {
  const tell = useTell();
  const queries = useQueryClient();
  const save = useMutation(TesterKeyService.method.setProviderKey);
  const form = useForm({
    initial: { value: '' },
    check: ({ value }) => ({ value: value.trim() === '' ? 'Paste the key.' : undefined }),
    submit: async ({ value }) => {
      await save.mutateAsync({ teamId, provider, value: value.trim(), version: own?.version ?? 0n });
      onClose();
      tell(`Your sandboxes work with your own key at ${title} now.`);
      await queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <PasswordField
          {...form.bind('value')}
          label="Key"
          help="It goes before every other key, and is never shown again: to you, to your co-users, to admins."
          autoComplete="off"
          spellCheck={false}
          data-1p-ignore
        />
        {keysAt !== '' && (
          <p className="text-small text-ink-faint">
            You make one at{' '}
            <a href={keysAt} target="_blank" rel="noreferrer" className={inlineLinkClasses}>
              {keysAt}
            </a>
            .
          </p>
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Save the key
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
