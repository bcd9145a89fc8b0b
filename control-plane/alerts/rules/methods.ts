import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { AlertService, UpdateAlertRuleRequest } from '#proto/muster/v1/alert_pb.js';
import { authorize } from '../../access/index.ts';
import type { Context } from '../../context.ts';
import { invalidField, notFound } from '../../errors.ts';
import { requestContext } from '../../server/request-context.ts';
import { kindFrom, ruleToProto } from '../view.ts';
import { createRule, removeRule, updateRule } from './change.ts';
import { kinds } from './kinds.ts';
import { findRule, readRules, type RuleSettings } from './store.ts';

type Methods = Required<
  Pick<ServiceImpl<typeof AlertService>, 'createAlertRule' | 'listAlertRules' | 'updateAlertRule' | 'deleteAlertRule'>
>;

export const ruleMethods: Methods = {
  async createAlertRule(request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert.manage');
    const kind = kindFrom(request.kind);
    if (!kind) throw invalidField('kind', 'kind: must be one that this server knows.');
    const { name, repository, labels, channelIds, hold } = request;
    const id = await createRule(context, kind, {
      name,
      repository,
      labels,
      channelIds,
      holdMs: hold ? durationMs(hold) : kinds[kind].defaultHoldMs,
      enabled: !request.disabled,
      tellResolved: !request.silentEnd,
    });
    return { rule: await present(context, id) };
  },

  async listAlertRules(_request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert.read');
    return { rules: (await readRules(context.sql)).map(ruleToProto) };
  },

  async updateAlertRule(request, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert.manage');
    await updateRule(context, request.ruleId, changeIn(request));
    return { rule: await present(context, request.ruleId) };
  },

  async deleteAlertRule({ ruleId }, { values }) {
    const context = values.get(requestContext);
    authorize(context.caller, 'alert.manage');
    await removeRule(context, ruleId);
    return {};
  },
};

async function present({ sql }: Context, id: string) {
  const rule = await findRule(sql, id);
  if (!rule) throw notFound('alert rule');
  return ruleToProto(rule);
}

/** What is named; the rest stays. */
const changeIn = (request: UpdateAlertRuleRequest): Partial<RuleSettings> => ({
  ...(request.name !== undefined && { name: request.name }),
  ...(request.hold && { holdMs: durationMs(request.hold) }),
  ...(request.repository !== undefined && { repository: request.repository }),
  ...(request.labels && { labels: request.labels.labels }),
  ...(request.channels && { channelIds: request.channels.channelIds }),
  ...(request.enabled !== undefined && { enabled: request.enabled }),
  ...(request.tellResolved !== undefined && { tellResolved: request.tellResolved }),
});
