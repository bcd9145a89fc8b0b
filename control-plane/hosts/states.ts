import { allow, type Rule } from '../state-rules.ts';
import type { HostStatus } from './host.ts';

const alive = ['pending', 'online', 'unreachable'] as const;

/** What can be done with a host in which state; read by the checks and by the buttons. */
export const hostActions = {
  'host.update': allow(alive, 'A deleted host cannot be changed.'),
  'host.cordon': allow(alive, 'A deleted host takes no sandboxes anyway.'),
  'host.uncordon': allow(alive, 'A deleted host takes no sandboxes.'),
  'host.drain': allow(alive, 'A deleted host takes no sandboxes anyway.'),
  'host.unlock': allow(alive, 'A deleted host cannot be unlocked.'),
  'host.join_token.create': allow(alive, 'A deleted host cannot join again: register a new one.'),
  'host.delete': allow(alive, 'It is deleted already.'),
} satisfies Record<string, Rule<HostStatus>>;

export type HostAction = keyof typeof hostActions;
