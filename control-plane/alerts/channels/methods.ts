import type { ServiceImpl } from '@connectrpc/connect';
import type { AlertService, CreateChannelRequest, UpdateChannelRequest } from '#proto/muster/v1/alert_pb.js';
import { authorize } from '../../access/index.ts';
import type { Context } from '../../context.ts';
import { invalidField, notFound } from '../../errors.ts';
import { mailSettings } from '../../mail/index.ts';
import { requestContext } from '../../server/request-context.ts';
import { channelToProto } from '../view.ts';
import { createChannel, removeChannel, updateChannel, type WantedTarget } from './change.ts';
import { findChannel, readChannels } from './store.ts';

type Methods = Required<
  Pick<ServiceImpl<typeof AlertService>, 'createChannel' | 'listChannels' | 'updateChannel' | 'deleteChannel'>
>;

export const channelMethods: Methods = {
  async createChannel(request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert_channel.manage');
    const target = targetFrom(request.target);
    if (!target) throw invalidField('target', 'target: say where it leads.');
    const { id, secret } = await createChannel(context, request.name, target);
    return { channel: await present(context, id), signingSecret: secret?.reveal() ?? '' };
  },

  async listChannels(_request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert.read');
    const channels = await readChannels(context.sql);
    return {
      channels: channels.map(channelToProto),
      mailConfigured: (await mailSettings(context)) !== undefined,
    };
  },

  async updateChannel(request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert_channel.manage');
    const { channelId, name, rotateSecret } = request;
    const secret = await updateChannel(context, channelId, { name, rotateSecret, target: targetFrom(request.target) });
    return { channel: await present(context, channelId), signingSecret: secret?.reveal() ?? '' };
  },

  async deleteChannel({ channelId }, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert_channel.manage');
    await removeChannel(context, channelId);
    return {};
  },
};

async function present({ sql }: Context, id: string) {
  const channel = await findChannel(sql, id);
  if (!channel) throw notFound('channel');
  return channelToProto(channel);
}

function targetFrom(target: CreateChannelRequest['target'] | UpdateChannelRequest['target']): WantedTarget | undefined {
  switch (target.case) {
    case 'webhook':
    case 'slack':
      return { kind: target.case, url: target.value.url };
    case 'mail':
      return { kind: 'mail', addresses: target.value.addresses };
    default:
      return undefined;
  }
}
