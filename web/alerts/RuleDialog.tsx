import { durationMs } from '@bufbuild/protobuf/wkt';
import { useMutation, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { AlertKind, AlertService, type AlertRule, type Channel } from '#proto/muster/v1/alert_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { AsCommand } from '../commands/AsCommand.tsx';
import { commandLines } from '../commands/command-lines.ts';
import { Button } from '../parts/Button.tsx';
import { CheckField } from '../parts/CheckField.tsx';
import { Dialog, DialogActions, DialogBody, DialogForm } from '../parts/Dialog.tsx';
import { NumberField, TextField } from '../parts/Field.tsx';
import { pairsError, PairsField, pairsOf, pairsToMap, type Pair } from '../parts/PairsField.tsx';
import { SelectField } from '../parts/SelectField.tsx';
import { useForm, type FieldBinding } from '../parts/useForm.ts';
import { ProblemNote } from '../problems/ProblemNote.tsx';
import { useTell } from '../problems/useReport.ts';
import { durationOf } from '../time/duration.ts';
import { ChannelChoice } from './ChannelChoice.tsx';
import { kindLooks } from './states.ts';

interface RuleDialogProps {
  /** Undefined: a new one is made. */
  readonly rule: AlertRule | undefined;
  readonly rules: readonly AlertRule[];
  readonly channels: readonly Channel[];
  readonly onClose: () => void;
  readonly onRemove: (rule: AlertRule) => void;
}

/** Makes a rule, or changes one. */
export const RuleDialog = (props: RuleDialogProps) => (
  <Dialog
    open
    onClose={props.onClose}
    title={props.rule ? `Change ${props.rule.name}` : 'New rule'}
    description={
      props.rule?.sentence ?? 'A second rule of a kind can have another time, or be about other machines and channels.'
    }
    wide
  >
    <RuleForm {...props} />
  </Dialog>
);

interface Values extends Record<string, unknown> {
  name: string;
  kind: AlertKind;
  hold: number;
  repository: string;
  labels: readonly Pair[];
  channel_ids: readonly string[];
  tell_resolved: boolean;
}

const secondsAMinute = 60;

function RuleForm({ rule, rules, channels, onClose, onRemove }: RuleDialogProps) {
  const make = useMutation(AlertService.method.createAlertRule);
  const change = useMutation(AlertService.method.updateAlertRule);
  const queries = useQueryClient();
  const tell = useTell();
  const form = useForm<Values>({
    initial: {
      name: rule?.name ?? '',
      kind: rule?.kind ?? AlertKind.BEHIND,
      hold: rule?.hold ? durationMs(rule.hold) / 1000 / secondsAMinute : 30,
      repository: rule?.repository ?? '',
      labels: pairsOf(rule?.labels ?? {}),
      channel_ids: (rule?.channelIds ?? []).filter((id) => channels.some((one) => one.id === id)),
      tell_resolved: rule?.tellResolved ?? true,
    },
    check: ({ name, labels, hold }) => ({
      name: name.trim() === '' ? 'Give the rule a name: messages carry it.' : undefined,
      labels: pairsError(labels),
      hold: !(hold >= 0) ? 'Say for how many minutes; 0 tells at once.' : undefined,
    }),
    submit: async (values) => {
      const request = requestOf(values, has);
      if (rule) {
        const { labels, channelIds, silentEnd, kind: _kind, ...rest } = request;
        await change.mutateAsync({
          ...rest,
          ruleId: rule.id,
          labels: { labels },
          channels: { channelIds },
          tellResolved: !silentEnd,
        });
      } else await make.mutateAsync(request);
      await queries.invalidateQueries();
      onClose();
      tell(rule ? `${request.name} is changed.` : `${request.name} is on from now on.`);
    },
  });
  const { kind } = form.values;
  // What a kind can be narrowed by, the rules that stand tell: there is one of each from the beginning.
  const has = rules.find((one) => one.kind === kind) ?? { hasHold: true, hasRepository: true, hasLabels: true };
  return (
    <DialogForm form={form}>
      <DialogBody>
        <TextField {...form.bind('name')} label="Name" placeholder="Behind main, in the lab" maxLength={100} />
        {!rule && <SelectField {...form.bind('kind')} label="Looks for" choices={kindChoices} />}
        {has.hasHold && (
          <NumberField
            {...form.bind('hold')}
            label="Told after"
            help="It has to last for so long. 0: at once, which is with the second look."
            unit="minutes"
            min={0}
            max={43_200}
          />
        )}
        {has.hasRepository && <RepositoryChoice field={form.bind('repository')} />}
        {has.hasLabels && (
          <PairsField
            {...form.bind('labels')}
            label="Only on hosts with these labels"
            noun="label"
            help="None: on all hosts."
          />
        )}
        <ChannelChoice field={form.bind('channel_ids')} channels={channels} />
        <CheckField {...form.bind('tell_resolved')} label="Also tell when it is over" />
        {form.problem && <ProblemNote problem={form.problem} />}
        <AsCommand lines={commandLines.alertRule(rule, requestOf(form.values, has))} />
      </DialogBody>
      <DialogActions
        aside={
          rule && (
            <Button look="quiet" onClick={() => onRemove(rule)}>
              Remove rule
            </Button>
          )
        }
      >
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" look="primary" busy={form.busy}>
          {rule ? 'Save' : 'Make rule'}
        </Button>
      </DialogActions>
    </DialogForm>
  );
}

const kindChoices = Object.values(AlertKind)
  .filter((kind): kind is AlertKind => typeof kind === 'number' && kind !== AlertKind.UNSPECIFIED)
  .map((value) => ({ value, label: kindLooks[value].word }));

type Has = Pick<AlertRule, 'hasHold' | 'hasRepository' | 'hasLabels'>;

const requestOf = (values: Values, has: Has) => ({
  name: values.name.trim(),
  kind: values.kind,
  ...(has.hasHold && { hold: durationOf(Math.round(values.hold * secondsAMinute)) }),
  repository: has.hasRepository ? values.repository : '',
  labels: has.hasLabels ? pairsToMap(values.labels) : {},
  channelIds: [...values.channel_ids],
  silentEnd: !values.tell_resolved,
});

function RepositoryChoice({ field }: { field: FieldBinding<string> }) {
  const { data } = useQuery(FleetService.method.listRepositories, { pageSize: 1000 }, { staleTime: 10_000 });
  const names = new Set([...(data?.repositories ?? []).map(({ name }) => name), ...(field.value ? [field.value] : [])]);
  const choices = [...names].map((name) => ({ value: name, label: name }));
  return <SelectField {...field} label="Repository" choices={[{ value: '', label: 'All repositories' }, ...choices]} />;
}
