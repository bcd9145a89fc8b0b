import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  MachineAccessService,
  type SetHostAccessRequestSchema,
  type TesterSsh,
} from '#proto/muster/v1/machine_access_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option } from './muster-line.ts';

const { method } = MachineAccessService;

/** The commands that do what the pages about access to machines do. */
export function machineAccessLines(origin: string) {
  const muster = musterLine(origin);
  return {
    machineAccess: (): CommandLines => ({
      muster: muster('machine-access', 'status'),
      curl: bufCurl(method.getMachineAccess, {}, origin),
    }),
    addSupportKey: ({ name, days, hostId }: { name: string; days: number; hostId: string }): CommandLines => ({
      muster: muster(
        'machine-access',
        'add-support-key',
        shellQuote(name || 'NAME'),
        'KEY.pub',
        option('until', days === 0 ? '' : `${days}d`),
        option('host', hostId),
      ),
      curl: bufCurl(
        method.addSupportKey,
        { name: name || 'NAME', publicKey: 'ssh-ed25519 …', hostIds: hostId === '' ? [] : [hostId] },
        origin,
      ),
    }),
    removeSupportKey: (supportKeyId: string): CommandLines => ({
      muster: muster('machine-access', 'remove-support-key', supportKeyId, '--confirm'),
      curl: bufCurl(method.removeSupportKey, { supportKeyId }, origin),
    }),
    setHostAccess: (request: MessageInitShape<typeof SetHostAccessRequestSchema>): CommandLines => ({
      curl: bufCurl(method.setHostAccess, request, origin),
    }),
    setTesterSsh: ({ userId, email, version }: TesterSsh, enabled: boolean): CommandLines => ({
      muster: enabled
        ? muster('machine-access', 'ssh-on', shellQuote(email), '--key', 'KEY.pub')
        : muster('machine-access', 'ssh-off', shellQuote(email), '--confirm'),
      curl: bufCurl(
        method.setTesterSsh,
        { userId, enabled, version, ...(enabled && { publicKey: 'ssh-ed25519 …' }) },
        origin,
      ),
    }),
  };
}
