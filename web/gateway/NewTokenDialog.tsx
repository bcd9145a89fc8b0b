import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { TextField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { randomId } from '../random-id.ts';
import { TokenSecret } from './TokenSecret.tsx';

interface NewTokenProps {
  readonly teamId: string;
  readonly userId: string;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Mints a token for a member of a team; its secret is shown once, and gone with the dialog. */
export function NewTokenDialog(props: NewTokenProps) {
  const [minted, setMinted] = useState<{ name: string; secret: string }>();
  const close = () => {
    setMinted(undefined);
    props.onClose();
  };
  return (
    <Dialog
      open={props.open}
      onClose={close}
      dismissible={minted === undefined}
      title={minted ? `The token ${minted.name}` : 'New token of the model gateway'}
      description={minted ? undefined : 'It can ask models within its user’s caps, and nothing else.'}
    >
      {minted ? (
        <TokenSecret secret={minted.secret} onStored={close} />
      ) : (
        <NewTokenForm {...props} onClose={close} onMinted={setMinted} />
      )}
    </Dialog>
  );
}

function NewTokenForm({
  teamId,
  userId,
  onClose,
  onMinted,
}: NewTokenProps & { onMinted: (minted: { name: string; secret: string }) => void }) {
  const { mutateAsync: mint } = useMutation(GatewayService.method.createGatewayToken);
  const { data } = useQuery(TeamService.method.listMembers, { teamId, pageSize: 1000 }, { staleTime: 10_000 });
  const queries = useQueryClient();
  // A call that is repeated because its answer was lost makes no second token.
  const [requestId] = useState(randomId);
  const form = useForm<{ name: string; user_id: string }>({
    initial: { name: '', user_id: userId },
    check: ({ name }) => ({ name: name.trim() === '' ? 'Say where it is used, such as “laptop”.' : undefined }),
    submit: async ({ name, user_id }) => {
      const { token, secret } = await mint({ teamId, userId: user_id, name: name.trim(), requestId });
      onMinted({ name: token?.name ?? name, secret });
      void queries.invalidateQueries();
    },
  });
  const members = (data?.members ?? []).map((member) => ({ value: member.userId, label: member.name }));
  const request = { teamId, userId: form.values.user_id, name: form.values.name.trim() };
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" help="Where it is used." placeholder="laptop" maxLength={100} />
        <SelectField {...form.bind('user_id')} label="Counts as" help="Whose caps hold for it." choices={members} />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.createGatewayToken(request)} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Mint token
        </Button>
      </DialogActions>
    </DialogForm>
  );
}
