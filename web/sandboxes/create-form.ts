import type { MessageInitShape } from '@bufbuild/protobuf';
import { EgressDefault } from '#proto/muster/v1/network_pb.js';
import {
  ExpiryAction,
  NetworkMode,
  OnDisconnect,
  type CreateSandboxRequestSchema,
} from '#proto/muster/v1/sandbox_pb.js';
import { networkRequest, noNetworkValues, rulesError, type RuleLine } from '../network/policy.ts';
import { pairsError, pairsToMap, type Pair } from '../parts/PairsField.tsx';
import { durationOf } from '../time/duration.ts';
import { never } from './lifetimes.ts';
import { nameKey } from './name.ts';

const noPairs: readonly Pair[] = [];
const noRules: readonly RuleLine[] = [];

/** What the form for a new sandbox begins with. Fields are named as in the request. */
export const newSandbox = {
  ...noNetworkValues,
  name: '',
  template: 'base',
  'limits.cpu': 1,
  'limits.memory_mib': 512,
  'limits.disk_mib': 2048,
  'limits.pids': 1024,
  timeout: 3600,
  on_expiry: ExpiryAction.DESTROY as ExpiryAction,
  auto_renew: 0,
  auto_resume: false,
  network: NetworkMode.UNSPECIFIED as NetworkMode,
  egress_default: EgressDefault.ALLOW as EgressDefault,
  rules: noRules,
  on_disconnect: OnDisconnect.PAUSE as OnDisconnect,
  metadata: noPairs,
  env: noPairs,
  host_labels: noPairs,
};

export type NewSandbox = typeof newSandbox;

/** The form as a request. */
export function toRequest(values: NewSandbox): MessageInitShape<typeof CreateSandboxRequestSchema> {
  const name = values.name.trim();
  const ends = values.timeout !== never;
  return {
    template: values.template,
    limits: {
      cpu: values['limits.cpu'],
      memoryMib: values['limits.memory_mib'],
      diskMib: values['limits.disk_mib'],
      pids: values['limits.pids'],
    },
    ...(ends ? { timeout: durationOf(values.timeout) } : { noExpiry: true }),
    ...(ends && values.on_expiry !== ExpiryAction.DESTROY && { onExpiry: values.on_expiry }),
    ...(ends && values.auto_renew > 0 && { autoRenew: durationOf(values.auto_renew) }),
    autoResume: values.auto_resume,
    ...networkRequest(values),
    onDisconnect: values.on_disconnect,
    metadata: { ...pairsToMap(values.metadata), ...(name !== '' && { [nameKey]: name }) },
    env: pairsToMap(values.env),
    hostLabels: pairsToMap(values.host_labels),
  };
}

const nameRule = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;
const wanted = (value: number): string | undefined => (Number.isFinite(value) ? undefined : 'Give a number.');

/** What can be seen to be wrong before anything is sent. */
export const checkNewSandbox = (values: NewSandbox): { [Name in keyof NewSandbox]?: string | undefined } => ({
  name: nameRule.test(values.name.trim())
    ? undefined
    : 'Use letters, digits, hyphens, dots and underscores; begin and end with a letter or digit.',
  'limits.cpu': wanted(values['limits.cpu']),
  'limits.memory_mib': wanted(values['limits.memory_mib']),
  'limits.disk_mib': wanted(values['limits.disk_mib']),
  'limits.pids': wanted(values['limits.pids']),
  rules: values.network === NetworkMode.EGRESS ? rulesError(values.rules) : undefined,
  metadata: pairsError(values.metadata),
  env: pairsError(values.env),
  host_labels: pairsError(values.host_labels),
});
