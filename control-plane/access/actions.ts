import type { KeyRole, Scope, TeamRole } from './roles.ts';

/** Who may do something, besides which only the things of the own team count. */
export interface Grant {
  /** Callers without a credential. */
  readonly anonymous?: true;
  /** Host agents, on their own host. */
  readonly host?: true;
  /** Every signed-in user. */
  readonly user?: true;
  /** Also users who lack a second factor that is required of them: until they have one, they may do nothing else. */
  readonly confined?: true;
  /** Members of the team that owns the thing, in one of these roles. */
  readonly team?: readonly TeamRole[];
  /** Platform admins: on everything, or only on what belongs to no team. */
  readonly platformAdmin?: true | 'installation';
  /** Org keys of this role or a stronger one; on what their makers, platform admins, may do it on, or that a team uses them for. */
  readonly orgKey?: KeyRole;
  /** Keys and machine identities of a team, of this role or a stronger one; where their maker could do it, too. */
  readonly teamKey?: Exclude<KeyRole, 'admin'>;
  /** What the right to do it in a team is called, where it has a name: `team` says which roles have it. No key and no identity has. */
  readonly right?: 'workspace:manage';
  /** The scope that a machine identity needs besides; none for what every one may do. */
  readonly scope?: Scope;
  /** Callers that are bound to a host, too: what is answered leaves out all other hosts. */
  readonly boundToHost?: true;
}

/** What every key and machine identity may do. */
const everyKey = { orgKey: 'read_only', teamKey: 'read_only', boundToHost: true } as const;

const everyMember = ['owner', 'admin', 'member'] as const;
/** Those, too, who may only look. */
const everyReader = [...everyMember, 'read_only'] as const;

/**
 * The one table of who may do what. `authorize` reads it, the buttons' reasons read it, the matrix test compares every
 * RPC with it. What is not here is denied.
 */
export const grants = {
  'setup.read': { anonymous: true, user: true, confined: true, ...everyKey },
  'setup.complete': { anonymous: true, user: true },
  'schema.read': { anonymous: true, user: true, confined: true, host: true, ...everyKey },
  'session.create': { anonymous: true, user: true, confined: true },
  'session.end': { anonymous: true, user: true, confined: true },
  'user.create': { anonymous: true, user: true },
  'device.start': { anonymous: true, user: true },
  'device.approve': { user: true },
  'caller.read': { user: true, confined: true, ...everyKey },
  'caller.confirm': { user: true, confined: true },
  'session.manage': { user: true },
  'user_token.create': { user: true },
  'password.change': { user: true },
  'password.request_reset': { anonymous: true, user: true, confined: true },
  'password.reset': { anonymous: true, user: true, confined: true },
  // Whoever holds the link can be that user: no key gets one.
  'password.reset_link.create': { platformAdmin: true },
  'second_factor.prove': { anonymous: true, user: true, confined: true },
  'second_factor.read': { user: true, confined: true },
  'second_factor.manage': { user: true, confined: true },
  // Whoever may do this decides who gets in with a password alone: no key does.
  'second_factor.reset': { platformAdmin: true },
  'second_factor.require': { platformAdmin: true },

  'user.read': { user: true },
  'user.update': { user: true },
  'user.search': { team: ['owner', 'admin'] },
  'user.administer': { platformAdmin: true, orgKey: 'admin' },
  'user.erase': { platformAdmin: true, orgKey: 'admin' },

  'team.create': { user: true },
  'team.switch': { user: true },
  'team.list': { user: true, orgKey: 'read_only', teamKey: 'read_only', scope: 'workspace:read' },
  'team.read': {
    team: everyReader,
    platformAdmin: true,
    orgKey: 'read_only',
    teamKey: 'read_only',
    scope: 'workspace:read',
  },
  'team.update': { team: ['owner', 'admin'] },
  'team.delete': { team: ['owner'] },
  'team.leave': { team: everyMember },
  'team.set_own_hosts': { platformAdmin: true, orgKey: 'admin' },
  'team.set_quota': { platformAdmin: true, orgKey: 'admin' },
  'member.read': {
    team: everyReader,
    platformAdmin: true,
    orgKey: 'read_only',
    teamKey: 'read_only',
    scope: 'workspace:read',
  },
  'member.manage': { team: ['owner', 'admin'] },
  'ownership.offer': { team: ['owner'] },
  'ownership.accept': { team: everyMember },
  'invite.create': { team: everyMember },
  'invite.read': { team: everyMember },
  'invite.revoke': { team: ['owner', 'admin'] },
  'invite.open': { anonymous: true, user: true },

  // Of oneself: what one has seen, and what there is to see since.
  'cockpit.read': { team: everyReader },
  'cockpit.mark_seen': { team: everyMember },

  'audit.read': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'read_only' },
  // Carries everything out at once.
  'audit.export': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'audit.verify': { platformAdmin: true, orgKey: 'read_only' },

  'host.read': { user: true, orgKey: 'read_only', teamKey: 'read_only', scope: 'fleet:read', boundToHost: true },
  // Of hosts that belong to no team, only admins of the platform.
  'host.create': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'host.update': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'host.cordon': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'host.delete': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'host.join_token.create': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'host.drain': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'host.unlock': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'operator' },
  'unknown_sandbox.read': { platformAdmin: true, orgKey: 'read_only' },
  'unknown_sandbox.settle': { platformAdmin: true, orgKey: 'operator' },
  'drift.read': { platformAdmin: true, orgKey: 'read_only' },
  'drift.settle': { platformAdmin: true, orgKey: 'admin' },
  'signing_key.rotate': { platformAdmin: true, orgKey: 'admin' },

  'host.join': { anonymous: true },
  'host.refresh': { anonymous: true },
  'host.heartbeat': { host: true },
  'host.connect': { host: true },
  'host.leave': { host: true },

  'sandbox.read': {
    team: everyReader,
    platformAdmin: true,
    orgKey: 'read_only',
    teamKey: 'read_only',
    scope: 'sandbox:read',
    boundToHost: true,
  },
  'sandbox.create': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:manage' },
  'sandbox.change': {
    team: everyMember,
    platformAdmin: true,
    orgKey: 'operator',
    teamKey: 'operator',
    scope: 'sandbox:manage',
  },
  // Whoever reaches a port can do what the program behind it lets everybody do.
  'sandbox.endpoint': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:run' },
  'sandbox.fork': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:manage' },
  'snapshot.read': {
    team: everyReader,
    platformAdmin: true,
    orgKey: 'read_only',
    teamKey: 'read_only',
    scope: 'sandbox:read',
    boundToHost: true,
  },
  'snapshot.create': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:manage' },
  'snapshot.delete': {
    team: everyMember,
    platformAdmin: true,
    orgKey: 'operator',
    teamKey: 'operator',
    scope: 'sandbox:manage',
  },
  'template.read': {
    team: everyReader,
    platformAdmin: true,
    orgKey: 'read_only',
    teamKey: 'read_only',
    scope: 'sandbox:read',
    boundToHost: true,
  },
  'template.create': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:manage' },
  'template.delete': {
    team: everyMember,
    platformAdmin: true,
    orgKey: 'operator',
    teamKey: 'operator',
    scope: 'sandbox:manage',
  },
  // What a process wrote could be anything that it can read.
  'sandbox.logs': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:run' },
  'sandbox.run': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:run' },
  // Names, sizes and dates are what who may only look gets to see of files, never what is in them.
  'directory.read': { team: everyReader, orgKey: 'read_only', teamKey: 'read_only', scope: 'sandbox:read' },
  'file.read': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:run' },
  'file.write': { team: everyMember, orgKey: 'operator', teamKey: 'operator', scope: 'sandbox:run' },

  'fleet.read': { user: true, orgKey: 'read_only', teamKey: 'read_only', scope: 'fleet:read', boundToHost: true },
  // Carries everything out at once.
  'fleet.export': { user: true, orgKey: 'operator', teamKey: 'operator', scope: 'fleet:read', boundToHost: true },
  'component.pin': { platformAdmin: true, orgKey: 'operator' },
  'repository.read': { user: true, orgKey: 'read_only', teamKey: 'read_only', scope: 'fleet:read' },
  'repository.manage': { platformAdmin: true, orgKey: 'operator' },
  // Logs of update commands are a machine's own.
  'rollout.read': { platformAdmin: true, orgKey: 'read_only' },
  'rollout.manage': { platformAdmin: true, orgKey: 'operator' },
  // What fires names failed commands' last words; whoever makes a channel carries all that out of the house.
  'alert.read': { platformAdmin: true, orgKey: 'read_only' },
  'alert.manage': { platformAdmin: true, orgKey: 'operator' },
  'alert_channel.manage': { platformAdmin: true, orgKey: 'admin' },
  // Whoever may do this says what everybody's main is: no team's key does.
  'head.publish': { platformAdmin: true, orgKey: 'operator' },

  'setting.read': { platformAdmin: true, orgKey: 'admin' },
  // Whoever says where mail goes gets the links that set passwords: no key does.
  'setting.change': { platformAdmin: true },

  // Who they are, all at once; and whoever brings people in makes accounts, and erases them.
  'tester.read': { platformAdmin: true, orgKey: 'admin' },
  'tester.manage': { platformAdmin: true, orgKey: 'admin' },

  // Whoever has one of these can spend what its user may, and nothing else.
  'gateway_token.read': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'read_only' },
  'gateway_token.create': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'admin' },
  'gateway_token.rotate': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'admin' },
  'gateway_token.revoke': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'admin' },
  'gateway_usage.read': { team: everyReader, platformAdmin: true, orgKey: 'read_only' },
  'gateway_caps.set': { platformAdmin: true, orgKey: 'admin' },

  // Whose keys a team's sandboxes have, and what is spent with them; never their values.
  'provider_key.read': { team: everyReader, platformAdmin: true, orgKey: 'read_only' },
  'provider_key.change': { team: ['owner', 'admin'], platformAdmin: true },

  'machine_access.read': { platformAdmin: true, orgKey: 'read_only' },
  // Whoever may do these gets onto machines, past everything else: no key does.
  'support_key.add': { platformAdmin: true },
  'support_key.remove': { platformAdmin: true, orgKey: 'admin' },
  'host_access.set': { platformAdmin: true },
  'tester_ssh.set': { platformAdmin: true },
  // One's own; of others, who may read access to machines.
  'tester_ssh.read': { user: true },

  'api_key.read': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'read_only' },
  // Who gets a key's secret can do what it can: nobody gets one for a team that is not theirs.
  'api_key.create': { team: ['owner', 'admin'], platformAdmin: 'installation', orgKey: 'admin' },
  'api_key.rotate': { team: ['owner', 'admin'], platformAdmin: 'installation', orgKey: 'admin' },
  'api_key.take_over': { team: ['owner'], platformAdmin: 'installation' },
  'api_key.revoke': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'admin' },

  'identity.read': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'read_only' },
  'identity.manage': { team: ['owner', 'admin'], right: 'workspace:manage' },
  'identity.stop': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'admin', right: 'workspace:manage' },
  'approval.read': { team: ['owner', 'admin'], platformAdmin: true, orgKey: 'read_only' },
  'approval.approve': { team: ['owner'], platformAdmin: true },
  'approval.reject': { team: ['owner', 'admin'], platformAdmin: true },
} as const satisfies Record<string, Grant>;

export type Action = keyof typeof grants;
export const grantOf = (action: Action): Grant => grants[action];
