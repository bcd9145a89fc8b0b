import type { TeamRole } from './roles.ts';

/** Who may do something, besides which only the things of the own team count. */
interface Grant {
  /** Callers without a credential. */
  readonly anonymous?: true;
  /** Host agents, on their own host. */
  readonly host?: true;
  /** Every signed-in user. */
  readonly user?: true;
  /** Members of the team that owns the thing, in one of these roles. */
  readonly team?: readonly TeamRole[];
  /** Platform admins, on everything. */
  readonly platformAdmin?: true;
}

const everyMember = ['owner', 'admin', 'member'] as const;

/**
 * The one table of who may do what. `authorize` reads it, the buttons' reasons read it, the matrix test compares every
 * RPC with it. What is not here is denied.
 */
export const grants = {
  'setup.read': { anonymous: true, user: true },
  'setup.complete': { anonymous: true, user: true },
  'schema.read': { anonymous: true, user: true, host: true },
  'session.create': { anonymous: true, user: true },
  'session.end': { anonymous: true, user: true },
  'user.create': { anonymous: true, user: true },
  'device.start': { anonymous: true, user: true },
  'device.approve': { user: true },
  'caller.read': { user: true },
  'session.manage': { user: true },
  'user_token.create': { user: true },
  'password.change': { user: true },

  'user.read': { user: true },
  'user.update': { user: true },
  'user.search': { team: ['owner', 'admin'] },
  'user.administer': { platformAdmin: true },

  'team.create': { user: true },
  'team.switch': { user: true },
  'team.list': { user: true },
  'team.read': { team: everyMember, platformAdmin: true },
  'team.update': { team: ['owner', 'admin'] },
  'team.delete': { team: ['owner'] },
  'team.leave': { team: everyMember },
  'team.set_own_hosts': { platformAdmin: true },
  'team.set_quota': { platformAdmin: true },
  'member.read': { team: everyMember, platformAdmin: true },
  'member.manage': { team: ['owner', 'admin'] },
  'ownership.offer': { team: ['owner'] },
  'ownership.accept': { team: everyMember },
  'invite.create': { team: everyMember },
  'invite.read': { team: everyMember },
  'invite.revoke': { team: ['owner', 'admin'] },
  'invite.open': { anonymous: true, user: true },

  'audit.read': { team: ['owner', 'admin'], platformAdmin: true },
  'audit.verify': { platformAdmin: true },

  'host.read': { user: true },
  'host.create': { platformAdmin: true },
  'host.update': { platformAdmin: true },
  'host.cordon': { platformAdmin: true },
  'host.delete': { platformAdmin: true },
  'host.join_token.create': { platformAdmin: true },
  'unknown_sandbox.read': { platformAdmin: true },

  'host.join': { anonymous: true },
  'host.refresh': { anonymous: true },
  'host.heartbeat': { host: true },
  'host.connect': { host: true },

  'sandbox.read': { team: everyMember, platformAdmin: true },
  'sandbox.create': { team: everyMember },
  'sandbox.change': { team: everyMember, platformAdmin: true },
  'sandbox.run': { team: everyMember },

  'fleet.read': { user: true },
  'repository.read': { user: true },
  'repository.manage': { platformAdmin: true },
} as const satisfies Record<string, Grant>;

export type Action = keyof typeof grants;
export const grantOf = (action: Action): Grant => grants[action];
