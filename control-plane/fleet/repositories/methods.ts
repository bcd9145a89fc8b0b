import type { ServiceImpl } from '@connectrpc/connect';
import type { FleetService, UpdateRepositoryRequest } from '#proto/muster/v1/fleet_pb.js';
import { authorize } from '../../access/index.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { requestContext } from '../../server/request-context.ts';
import type { Credential } from '../git/credential.ts';
import type { Survey } from '../survey.ts';
import { forgeName, repositoryToProto } from '../to-proto.ts';
import type { Lookout } from './lookout.ts';
import { publishHead } from './publish.ts';
import { registerRepository } from './register.ts';
import { findRepository, type HeadSourceName } from './store.ts';
import { updateRepository } from './update.ts';

type Methods = Required<
  Pick<ServiceImpl<typeof FleetService>, 'registerRepository' | 'updateRepository' | 'publishHead'>
>;

/** Has a repository looked at, now. */
export type Trigger = (repository: { readonly id: string }, reason: HeadSourceName) => void;

/** What changes repositories and their heads. */
export function repositoryMethods(survey: Survey, trigger: Trigger): Methods {
  const present = async (context: Context, id: string) => {
    const repository = await findRepository(context.sql, id);
    if (!repository) throw notFound('repository');
    const [view] = await survey.describe(context, [repository]);
    return view && repositoryToProto(view);
  };
  return {
    async registerRepository({ name, url, branch, published }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'repository.manage');
      const { id } = await registerRepository(context, { name, url, branch, published });
      return { repository: await present(context, id) };
    },

    async updateRepository(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'repository.manage');
      const { repositoryId: id, url, branch, requireProvenance } = request;
      const webhook = request.webhook.case === undefined ? undefined : webhookChanges[request.webhook.case];
      const forgeKind = request.forgeKind === undefined ? undefined : (forgeName(request.forgeKind) ?? null);
      const change = { url, branch, credential: credentialIn(request), webhook, requireProvenance, forgeKind };
      const secret = await updateRepository(context, id, change);
      trigger({ id }, 'poll');
      return { repository: await present(context, id), webhookSecret: secret?.reveal() ?? '' };
    },

    async publishHead(request, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'head.publish');
      return { repository: await present(context, await publishHead(context, request)) };
    },
  };
}

/** Starts a look at a repository as our own work: it outlives the call that asked for it. */
export const triggerOf =
  (context: Context, lookout: Pick<Lookout, 'trigger'>): Trigger =>
  (repository, reason) =>
    lookout.trigger(context, repository, reason);

const webhookChanges = { createWebhook: 'create', removeWebhook: 'remove' } as const;

function credentialIn({ credential }: UpdateRepositoryRequest): Credential | 'remove' | undefined {
  switch (credential.case) {
    case 'token':
      return { kind: 'token', username: credential.value.username, token: credential.value.token };
    case 'sshKey':
      return { kind: 'ssh_key', privateKey: credential.value.privateKey, knownHosts: credential.value.knownHosts };
    case 'removeCredential':
      return 'remove';
    default:
      return undefined;
  }
}
