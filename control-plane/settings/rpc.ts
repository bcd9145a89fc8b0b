import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { ConnectRouter } from '@connectrpc/connect';
import { SettingsService } from '#proto/muster/v1/settings_pb.js';
import { authorize } from '../access/index.ts';
import { recordAudit } from '../audit/index.ts';
import { notFound } from '../errors.ts';
import { spend } from '../limits/index.ts';
import { requestContext } from '../server/request-context.ts';
import type { Hands } from './hands.ts';
import { groupNamed, groups, plainField, secretField } from './registry/index.ts';
import { clearSecret, saveSecret, saveSetting } from './save.ts';
import { viewField, viewGroups } from './view.ts';

export function settingsRoutes(router: ConnectRouter, hands: Hands): void {
  router.service(SettingsService, {
    async listSettings({ group }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setting.read');
      return { groups: await viewGroups(context, group === '' ? groups : [groupNamed(group)], hands) };
    },

    async setSetting({ name, value, version }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setting.change');
      const clearedSecrets = [...(await saveSetting(context, hands, { name, value, version: Number(version) }))];
      return { setting: await viewField(context, plainField(name)), clearedSecrets };
    },

    async setSecret({ name, value, version }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setting.change');
      await saveSecret(context, hands, { name, value, version: Number(version) });
      return { setting: await viewField(context, secretField(name)) };
    },

    async clearSecret({ name, version }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setting.change');
      await clearSecret(context, hands, name, Number(version));
      return { setting: await viewField(context, secretField(name)) };
    },

    async testSetting({ group, recipient }, { values }) {
      const context = values.get(requestContext);
      authorize(context.caller, 'setting.change');
      const test = hands[groupNamed(group).name]?.test;
      if (!test) throw notFound('test');
      await spend(context, 'setting_test', context.caller.actor);
      const began = performance.now();
      const result = await test(context, recipient);
      const took = durationFromMs(Math.round(performance.now() - began));
      await context.transaction((sql) =>
        recordAudit(sql, context, {
          action: 'setting.test',
          target: group,
          outcome: result.ok ? 'done' : 'failed',
          after: { sentence: result.sentence },
        }),
      );
      return { ...result, took };
    },
  });
}
