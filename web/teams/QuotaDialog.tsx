import { useMutation } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { TeamService, type Team } from '#proto/muster/v1/team_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField } from '../parts/Field.tsx';
import { useForm } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';

/** Sets what a team may use. */
export function QuotaDialog({ team, open, onClose }: { team: Team; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Quota of ${team.name}`}
      description="What its sandboxes may use at once. Zero means no limit. What runs already goes on."
    >
      <QuotaForm team={team} onClose={onClose} />
    </Dialog>
  );
}

interface Values extends Record<string, number> {
  hosts: number;
  sandboxes: number;
  cpu: number;
  memory_mib: number;
  disk_mib: number;
}

const wrong = (value: number, whole: boolean): string | undefined =>
  Number.isFinite(value) && value >= 0 && (!whole || Number.isInteger(value))
    ? undefined
    : `Give ${whole ? 'a whole number' : 'a number'}; zero for no limit.`;

function QuotaForm({ team, onClose }: { team: Team; onClose: () => void }) {
  const setQuota = useMutation(TeamService.method.setTeamQuota);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm<Values>({
    initial: {
      hosts: team.quota?.hosts ?? 0,
      sandboxes: team.quota?.sandboxes ?? 0,
      cpu: team.quota?.cpu ?? 0,
      memory_mib: Number(team.quota?.memoryMib ?? 0n),
      disk_mib: Number(team.quota?.diskMib ?? 0n),
    },
    check: (values) => ({
      hosts: wrong(values.hosts, true),
      sandboxes: wrong(values.sandboxes, true),
      cpu: wrong(values.cpu, false),
      memory_mib: wrong(values.memory_mib, true),
      disk_mib: wrong(values.disk_mib, true),
    }),
    submit: async (values) => {
      await setQuota.mutateAsync(toRequest(team, values));
      onClose();
      tell(`The quota of ${team.name} is changed.`);
      await queries.invalidateQueries();
    },
  });
  return (
    <DialogForm form={form}>
      <DialogBody>
        <div className="grid grid-cols-2 gap-3">
          <NumberField {...form.bind('sandboxes')} label="Sandboxes" min={0} max={1_000_000} />
          <NumberField {...form.bind('cpu')} label="CPUs" min={0} max={1_000_000} step={0.5} />
          <NumberField {...form.bind('memory_mib')} label="Memory" unit="MiB" min={0} max={1_000_000_000} />
          <NumberField {...form.bind('disk_mib')} label="Disk" unit="MiB" min={0} max={1_000_000_000} />
          {team.ownHosts && (
            <NumberField {...form.bind('hosts')} label="Own hosts" help="Zero: 100." min={0} max={100_000} />
          )}
        </div>
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.setTeamQuota(toRequest(team, form.values))} />
      </DialogBody>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          Set quota
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const orZero = (value: number): number => (Number.isFinite(value) ? value : 0);
const whole = (value: number): bigint => BigInt(Math.trunc(orZero(value)));

const toRequest = ({ id, quota }: Team, values: Values) => ({
  teamId: id,
  quota: {
    // The whole quota is set: what stands in no field stays as it is.
    snapshots: quota?.snapshots ?? 0,
    noExpiry: quota?.noExpiry ?? false,
    hosts: Math.trunc(orZero(values.hosts)),
    sandboxes: Math.trunc(orZero(values.sandboxes)),
    cpu: orZero(values.cpu),
    memoryMib: whole(values.memory_mib),
    diskMib: whole(values.disk_mib),
  },
});
