import type { MessageInitShape } from '@bufbuild/protobuf';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { FleetService, type RegisterRepositoryRequestSchema } from '#proto/muster/v1/fleet_pb.js';
import { HostService, type CreateHostRequestSchema } from '#proto/muster/v1/host_pb.js';
import { SandboxService, type CreateSandboxRequestSchema } from '#proto/muster/v1/sandbox_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';

const { origin } = window.location;

const muster = (...words: string[]): string => ['muster', ...words].join(' ');
const option = (name: string, value: string | undefined): string[] =>
  value === undefined || value === '' ? [] : [`--${name}`, shellQuote(value)];
const pairs = (name: string, map: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(map).flatMap(([key, value]) => option(name, `${key}=${value}`));

/** The commands that do what the console's buttons do. One place, so that they can be held against the command line itself. */
export const commandLines = {
  fleet: (): CommandLines => ({ muster: muster('fleet'), curl: bufCurl(FleetService.method.getFleet, {}, origin) }),
  hosts: (): CommandLines => ({
    muster: muster('hosts', 'list'),
    curl: bufCurl(HostService.method.listHosts, {}, origin),
  }),
  host: (hostId: string): CommandLines => ({ curl: bufCurl(HostService.method.getHost, { hostId }, origin) }),
  createHost: (request: MessageInitShape<typeof CreateHostRequestSchema>): CommandLines => ({
    muster: muster('hosts', 'create', shellQuote(request.name || 'NAME'), ...pairs('label', request.labels)),
    curl: bufCurl(HostService.method.createHost, request, origin),
  }),
  createJoinToken: (hostId: string): CommandLines => ({
    curl: bufCurl(HostService.method.createJoinToken, { hostId }, origin),
  }),
  cordonHost: (hostId: string, reason: string): CommandLines => ({
    curl: bufCurl(HostService.method.cordonHost, { hostId, reason }, origin),
  }),
  deleteHost: (hostId: string, force: boolean): CommandLines => ({
    curl: bufCurl(HostService.method.deleteHost, { hostId, force }, origin),
  }),
  sandboxes: (): CommandLines => ({
    muster: muster('sandboxes', 'list'),
    curl: bufCurl(SandboxService.method.listSandboxes, {}, origin),
  }),
  sandbox: (sandboxId: string): CommandLines => ({
    muster: muster('sandboxes', 'run', sandboxId, '--', 'uname', '-a'),
    curl: bufCurl(SandboxService.method.getSandbox, { sandboxId }, origin),
  }),
  createSandbox: (request: MessageInitShape<typeof CreateSandboxRequestSchema>): CommandLines => ({
    muster: muster('sandboxes', 'create'),
    curl: bufCurl(SandboxService.method.createSandbox, request, origin),
  }),
  destroySandbox: (sandboxId: string): CommandLines => ({
    muster: muster('sandboxes', 'destroy', sandboxId),
    curl: bufCurl(SandboxService.method.destroySandbox, { sandboxId }, origin),
  }),
  repositories: (): CommandLines => ({ curl: bufCurl(FleetService.method.listRepositories, {}, origin) }),
  registerRepository: (request: MessageInitShape<typeof RegisterRepositoryRequestSchema>): CommandLines => ({
    curl: bufCurl(FleetService.method.registerRepository, request, origin),
  }),
  deleteRepository: (repositoryId: string): CommandLines => ({
    curl: bufCurl(FleetService.method.deleteRepository, { repositoryId }, origin),
  }),
  createUserToken: (): CommandLines => ({
    muster: muster('login'),
    curl: bufCurl(AuthService.method.createUserToken, {}, origin),
  }),
};
