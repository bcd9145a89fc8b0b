import type { ConnectRouter } from '@connectrpc/connect';
import { TemplateService, type UploadTarballRequest } from '#proto/muster/v1/template_pb.js';
import { authorize } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { invalidField, notFound } from '../errors.ts';
import { visibilityOf, type HostCalls } from '../hosts/index.ts';
import { pageOf, pageSize, placeFrom } from '../paging.ts';
import { standingTeamOf } from '../sandboxes/index.ts';
import { requestContext } from '../server/request-context.ts';
import { TooLarge, type LayerStore } from '../store/index.ts';
import { createTemplate } from './create.ts';
import { deleteVersions, findTemplate, keepTarball, listTemplates } from './store.ts';
import type { Template } from './template.ts';
import { templateToProto } from './view.ts';

const mostTarballBytes = 4 * 1024 ** 3;
const name = /^[a-z0-9._-]{1,63}$/;
const version = /^\d{1,9}$/;

export function templateRoutes(router: ConnectRouter, hands: { calls: HostCalls; store: LayerStore }): void {
  router.service(TemplateService, {
    async *createTemplate(request, { values }) {
      const context = values.get(requestContext);
      const teamId = await standingTeamOf(context, request.teamId);
      authorize(context.caller, 'template.create', { teamId });
      for await (const step of createTemplate(context, hands, { ...request, teamId })) {
        if (step.kind === 'progress') {
          const { message, percent } = step;
          yield { event: { case: 'progress', value: { message, percent } } } as const;
        } else {
          const template = templateToProto(await visibleTemplate(context, step.id), context.caller);
          yield { event: { case: 'template', value: template } } as const;
        }
      }
    },

    async uploadTarball(parts, { values }) {
      const context = values.get(requestContext);
      const iterator = parts[Symbol.asyncIterator]();
      const first = await iterator.next();
      if (first.done) throw invalidField('data', 'data: nothing came.');
      const teamId = await standingTeamOf(context, first.value.teamId);
      authorize(context.caller, 'template.create', { teamId });
      try {
        const kept = await hands.store.put(bytesOf(first.value, iterator), mostTarballBytes);
        await context.transaction(async (sql) => {
          await keepTarball(sql, kept.digest, kept.sizeBytes);
          const { digest, sizeBytes } = kept;
          await recordAudit(sql, context, { action: 'template.upload', target: digest, teamId, after: { sizeBytes } });
        });
        return { digest: kept.digest, sizeBytes: BigInt(kept.sizeBytes) };
      } catch (error) {
        if (error instanceof TooLarge) throw invalidField('data', 'data: a tarball has 4 GiB at most.');
        throw error;
      }
    },

    async listTemplates(request, { values }) {
      const context = values.get(requestContext);
      const teamId = await standingTeamOf(context, request.teamId);
      authorize(context.caller, 'template.read', { teamId });
      const size = pageSize(request.pageSize);
      const after = placeFrom(request.pageToken, [name, version]);
      const templates = await listTemplates(context.sql, teamId, after, size + 1);
      const { rows, nextPageToken } = pageOf(templates, size, (template) => [template.name, String(template.version)]);
      return { templates: rows.map((template) => templateToProto(template, context.caller)), nextPageToken };
    },

    async getTemplate({ templateId }, { values }) {
      const context = values.get(requestContext);
      const template = await visibleTemplate(context, templateId);
      authorize(context.caller, 'template.read', template);
      return { template: templateToProto(template, context.caller) };
    },

    async deleteTemplate({ templateId }, { values }) {
      const context = values.get(requestContext);
      const template = await visibleTemplate(context, templateId, true);
      authorize(context.caller, 'template.delete', template);
      await context.transaction(async (sql) => {
        const versions = await deleteVersions(sql, template.teamId, template.name);
        if (versions > 0)
          await recordAudit(sql, context, {
            action: 'template.delete',
            target: template.id,
            teamId: template.teamId,
            before: { name: template.name, versions },
          });
      });
      return {};
    },
  });
}

async function* bytesOf(
  first: UploadTarballRequest,
  rest: AsyncIterator<UploadTarballRequest>,
): AsyncGenerator<Uint8Array> {
  yield first.data;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value.data;
}

/** The template, if the caller may see it. Throws `not_found` otherwise. */
async function visibleTemplate(context: Context, id: string, alsoDeleted = false): Promise<Template> {
  const template = await findTemplate(context.sql, id, alsoDeleted);
  const { all, teamIds } = visibilityOf(context.caller);
  if (!template || !(all || teamIds.includes(template.teamId))) throw notFound('template');
  return template;
}
