import { linkOptions } from '@tanstack/react-router';
import type { AlertSearch } from './alerts/filter.ts';
import type { AuditSearch } from './audit/filter.ts';
import type { FilesSearch } from './files/search.ts';
import type { KeySearch } from './keys/filter.ts';
import type { NewRolloutSearch } from './rollouts/search.ts';
import type { SnapshotSearch } from './snapshots/filter.ts';
import type { TemplateSearch } from './templates/filter.ts';

/** Every link of the console. */
export const paths = {
  /** Where people begin: admins with the fleet, others with what is theirs. */
  home: () => linkOptions({ to: '/' }),
  cockpit: () => linkOptions({ to: '/my-machine' }),
  fleet: () => linkOptions({ to: '/fleet' }),
  hosts: () => linkOptions({ to: '/hosts' }),
  addHost: () => linkOptions({ to: '/hosts', search: { dialog: 'add' } }),
  host: (hostId: string) => linkOptions({ to: '/hosts/$hostId', params: { hostId } }),
  sandboxes: () => linkOptions({ to: '/sandboxes' }),
  sandboxesOn: (hostId: string) => linkOptions({ to: '/sandboxes', search: { host: hostId } }),
  createSandbox: () => linkOptions({ to: '/sandboxes', search: { dialog: 'create' } }),
  createSandboxFrom: (from: string) => linkOptions({ to: '/sandboxes', search: { dialog: 'create', from } }),
  sandbox: (sandboxId: string) => linkOptions({ to: '/sandboxes/$sandboxId', params: { sandboxId } }),
  sandboxTerminal: (sandboxId: string, session?: string) =>
    linkOptions({ to: '/sandboxes/$sandboxId/terminal', params: { sandboxId }, search: { session } }),
  sandboxProcesses: (sandboxId: string, process?: string) =>
    linkOptions({ to: '/sandboxes/$sandboxId/processes', params: { sandboxId }, search: { process } }),
  sandboxFiles: (sandboxId: string, search: FilesSearch = {}) =>
    linkOptions({ to: '/sandboxes/$sandboxId/files', params: { sandboxId }, search }),
  sandboxPorts: (sandboxId: string) => linkOptions({ to: '/sandboxes/$sandboxId/ports', params: { sandboxId } }),
  sandboxMetrics: (sandboxId: string) => linkOptions({ to: '/sandboxes/$sandboxId/metrics', params: { sandboxId } }),
  sandboxLogs: (sandboxId: string) => linkOptions({ to: '/sandboxes/$sandboxId/logs', params: { sandboxId } }),
  snapshots: () => linkOptions({ to: '/snapshots' }),
  snapshotsOf: (sandboxId: string) => linkOptions({ to: '/snapshots', search: { sandbox: sandboxId } }),
  snapshot: (search: SnapshotSearch, snapshot: string) =>
    linkOptions({ to: '/snapshots', search: { ...search, snapshot } }),
  templates: () => linkOptions({ to: '/templates' }),
  template: (search: TemplateSearch, template: string) =>
    linkOptions({ to: '/templates', search: { ...search, template } }),
  createTemplate: () => linkOptions({ to: '/templates', search: { dialog: 'create' } }),
  createTemplateFrom: (snapshot: string) => linkOptions({ to: '/templates', search: { dialog: 'create', snapshot } }),
  component: (repository: string, component: string) =>
    linkOptions({ to: '/components/$repository/$component', params: { repository, component } }),
  repositories: () => linkOptions({ to: '/repositories' }),
  registerRepository: () => linkOptions({ to: '/repositories', search: { dialog: 'register' } }),
  repository: (repositoryId: string) => linkOptions({ to: '/repositories/$repositoryId', params: { repositoryId } }),
  rollouts: () => linkOptions({ to: '/rollouts' }),
  newRollout: (search: NewRolloutSearch = {}) => linkOptions({ to: '/rollouts/new', search }),
  rollout: (rolloutId: string) => linkOptions({ to: '/rollouts/$rolloutId', params: { rolloutId } }),
  alerts: () => linkOptions({ to: '/alerts' }),
  alert: (search: AlertSearch, alert: string) => linkOptions({ to: '/alerts', search: { ...search, alert } }),
  alertRules: () => linkOptions({ to: '/alerts/rules' }),
  changeAlertRule: (change: string) => linkOptions({ to: '/alerts/rules', search: { change } }),
  alertChannels: () => linkOptions({ to: '/alerts/channels' }),
  alertDeliveries: () => linkOptions({ to: '/alerts/deliveries' }),
  audit: () => linkOptions({ to: '/audit' }),
  auditOf: (search: AuditSearch) => linkOptions({ to: '/audit', search }),
  auditEvent: (search: AuditSearch, event: string) => linkOptions({ to: '/audit', search: { ...search, event } }),
  team: () => linkOptions({ to: '/team' }),
  createTeam: () => linkOptions({ to: '/team', search: { dialog: 'create' } }),
  keys: () => linkOptions({ to: '/keys' }),
  key: (search: KeySearch, key: string) => linkOptions({ to: '/keys', search: { ...search, key } }),
  mintKey: () => linkOptions({ to: '/keys', search: { dialog: 'mint' } }),
  installationKeys: () => linkOptions({ to: '/installation-keys' }),
  installationKey: (search: KeySearch, key: string) =>
    linkOptions({ to: '/installation-keys', search: { ...search, key } }),
  identities: () => linkOptions({ to: '/identities' }),
  createIdentity: () => linkOptions({ to: '/identities', search: { dialog: 'create' } }),
  identity: (identityId: string) => linkOptions({ to: '/identities/$identityId', params: { identityId } }),
  approvals: () => linkOptions({ to: '/approvals' }),
  users: () => linkOptions({ to: '/users' }),
  teams: () => linkOptions({ to: '/teams' }),
  machineAccess: () => linkOptions({ to: '/machine-access' }),
  testers: () => linkOptions({ to: '/testers' }),
  tester: (testerId: string) => linkOptions({ to: '/testers/$testerId', params: { testerId } }),
  gateway: () => linkOptions({ to: '/gateway' }),
  serviceSetup: () => linkOptions({ to: '/service-setup' }),
  account: () => linkOptions({ to: '/account' }),
  device: () => linkOptions({ to: '/device' }),
  signIn: (next?: string) => linkOptions({ to: '/sign-in', search: { next } }),
  forgotPassword: () => linkOptions({ to: '/forgot-password' }),
  secondFactor: () => linkOptions({ to: '/second-factor' }),
  signUp: (next?: string) => linkOptions({ to: '/sign-up', search: { next } }),
} as const;
