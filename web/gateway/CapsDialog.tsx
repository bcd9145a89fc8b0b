import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { GatewayService, type GatewayBudget, type GatewayCaps } from '#proto/muster/v1/gateway_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField } from '../parts/Field.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

interface CapsDialogProps {
  /** Undefined: of everybody who has none of their own. */
  readonly budget: GatewayBudget | undefined;
  readonly defaults: GatewayCaps | undefined;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** Says how much one user, or everybody, may use. */
export function CapsDialog(props: CapsDialogProps) {
  const { budget, open, onClose } = props;
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={budget ? `Caps of ${budget.userName}` : 'Caps of everybody'}
      description="In tokens of models, asked and answered together, in all teams. They hold from the next request on; zero lets nothing through."
    >
      <CapsForm {...props} />
    </Dialog>
  );
}

interface Values extends Record<string, string | number> {
  whose: 'own' | 'default';
  tokens_per_day: number;
  tokens_per_month: number;
}

const whole = (value: number): string | undefined =>
  Number.isSafeInteger(value) && value >= 0 ? undefined : 'Give a whole number; zero lets nothing through.';

function CapsForm({ budget, defaults, onClose }: CapsDialogProps) {
  const { mutateAsync: setCaps } = useMutation(GatewayService.method.setGatewayCaps);
  const queries = useQueryClient();
  const tell = useTell();
  const present = budget?.caps ?? defaults;
  const form = useForm<Values>({
    initial: {
      whose: budget?.isDefault === true ? 'default' : 'own',
      tokens_per_day: Number(present?.tokensPerDay ?? 0n),
      tokens_per_month: Number(present?.tokensPerMonth ?? 0n),
    },
    check: ({ whose, tokens_per_day, tokens_per_month }) =>
      whose === 'own' ? { tokens_per_day: whole(tokens_per_day), tokens_per_month: whole(tokens_per_month) } : {},
    submit: async (values) => {
      await setCaps(toRequest(budget, values));
      onClose();
      tell(budget ? `The caps of ${budget.userName} are changed.` : 'The caps of everybody are changed.');
      await queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        {budget && (
          <SelectField
            {...form.bind('whose')}
            label="What holds"
            choices={[
              { value: 'default', label: 'What holds for everybody' },
              { value: 'own', label: 'Caps of their own' },
            ]}
          />
        )}
        {form.values.whose === 'own' && (
          <div className="grid grid-cols-2 gap-3">
            <NumberField {...form.bind('tokens_per_day')} label="In a day" help="From 0:00 UTC." min={0} max={1e12} />
            <NumberField
              {...form.bind('tokens_per_month')}
              label="In a month"
              help="From its first day."
              min={0}
              max={1e12}
            />
          </div>
        )}
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.setGatewayCaps(toRequest(budget, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Set caps
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const asCount = (value: number): bigint => BigInt(Number.isFinite(value) ? Math.trunc(value) : 0);

const toRequest = (budget: GatewayBudget | undefined, { whose, tokens_per_day, tokens_per_month }: Values) => ({
  userId: budget?.userId ?? '',
  ...(whose === 'own' && {
    caps: { tokensPerDay: asCount(tokens_per_day), tokensPerMonth: asCount(tokens_per_month) },
  }),
});
