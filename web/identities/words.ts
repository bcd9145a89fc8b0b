import { CircleCheck, CirclePause, CircleSlash, Hourglass, TimerOff, UserX } from 'lucide-react';
import {
  CredentialState,
  IdentityEnvironment,
  IdentityScope,
  IdentityState,
  type Identity,
} from '#proto/muster/v1/identity_pb.js';
import type { StatusLook } from '../parts/Status.tsx';

/** Scopes as the command line and the audit name them. */
export const scopeTitles: Record<IdentityScope, string> = {
  [IdentityScope.UNSPECIFIED]: '–',
  [IdentityScope.SANDBOX_READ]: 'sandbox:read',
  [IdentityScope.SANDBOX_MANAGE]: 'sandbox:manage',
  [IdentityScope.SANDBOX_RUN]: 'sandbox:run',
  [IdentityScope.FLEET_READ]: 'fleet:read',
  [IdentityScope.WORKSPACE_READ]: 'workspace:read',
};

/** What each scope lets an identity do. */
export const scopeChoices = [
  { value: IdentityScope.SANDBOX_READ, help: 'look at sandboxes' },
  { value: IdentityScope.SANDBOX_MANAGE, help: 'create, pause, resume, renew and destroy them' },
  { value: IdentityScope.SANDBOX_RUN, help: 'run commands in them' },
  { value: IdentityScope.FLEET_READ, help: 'look at hosts, components and repositories' },
  { value: IdentityScope.WORKSPACE_READ, help: 'look at the team and its members' },
] as const;

export const environmentTitles: Record<IdentityEnvironment, string> = {
  [IdentityEnvironment.UNSPECIFIED]: '–',
  [IdentityEnvironment.DEVELOPMENT]: 'Development',
  [IdentityEnvironment.STAGING]: 'Staging',
  [IdentityEnvironment.PRODUCTION]: 'Production',
};

export const environmentChoices = [
  { value: IdentityEnvironment.DEVELOPMENT, label: 'Development: nothing depends on it' },
  { value: IdentityEnvironment.STAGING, label: 'Staging: trials before production' },
  { value: IdentityEnvironment.PRODUCTION, label: 'Production: a second person approves' },
] as const;

const looks: Record<IdentityState, StatusLook> = {
  [IdentityState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleSlash },
  [IdentityState.ACTIVE]: { tone: 'good', word: 'Active', icon: CircleCheck },
  [IdentityState.PAUSED]: { tone: 'attention', word: 'Paused', icon: CirclePause },
  [IdentityState.REVOKED]: { tone: 'idle', word: 'Revoked', icon: CircleSlash },
};

/** The state of an identity; an active one does not work once its maker has left. */
export const identityLook = ({ state, orphaned }: Identity): StatusLook =>
  orphaned && state === IdentityState.ACTIVE ? { tone: 'wrong', word: 'Maker left', icon: UserX } : looks[state];

export const credentialLooks: Record<CredentialState, StatusLook> = {
  [CredentialState.UNSPECIFIED]: { tone: 'unknown', word: 'Unknown', icon: CircleSlash },
  [CredentialState.ACTIVE]: { tone: 'good', word: 'Active', icon: CircleCheck },
  [CredentialState.RETIRING]: { tone: 'attention', word: 'Retiring', icon: Hourglass },
  [CredentialState.EXPIRED]: { tone: 'idle', word: 'Expired', icon: TimerOff },
  [CredentialState.REVOKED]: { tone: 'idle', word: 'Revoked', icon: CircleSlash },
};
