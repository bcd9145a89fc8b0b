import type { MessageInitShape } from '@bufbuild/protobuf';
import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  AlertService,
  ChannelKind,
  type AlertRule,
  type CreateAlertRuleRequestSchema,
  type CreateChannelRequestSchema,
} from '#proto/muster/v1/alert_pb.js';
import type { CommandLines } from './AsCommand.tsx';
import { bufCurl, shellQuote } from './buf-curl.ts';
import { musterLine, option, pairs } from './muster-line.ts';

type NewRule = Exclude<MessageInitShape<typeof CreateAlertRuleRequestSchema>, { $typeName: string }>;

/** Who is told when the fleet is not as it should be. */
export function alertLines(origin: string) {
  const muster = musterLine(origin);
  return {
    alerts: (): CommandLines => ({
      muster: muster('alerts', 'list'),
      curl: bufCurl(AlertService.method.listAlerts, {}, origin),
    }),
    alert: (alertId: string): CommandLines => ({
      muster: muster('alerts', 'show', alertId),
      curl: bufCurl(AlertService.method.getAlert, { alertId }, origin),
    }),
    alertRules: (): CommandLines => ({
      muster: muster('alerts', 'rules'),
      curl: bufCurl(AlertService.method.listAlertRules, {}, origin),
    }),
    alertRule: (rule: AlertRule | undefined, request: NewRule): CommandLines => {
      if (!rule) return { curl: bufCurl(AlertService.method.createAlertRule, request, origin) };
      const { name, hold, repository, labels = {}, channelIds = [], silentEnd } = request;
      const seconds = hold?.seconds === undefined ? undefined : `${hold.seconds}s`;
      const same = rule.hold && hold && durationMs(rule.hold) === Number(hold.seconds) * 1000;
      return {
        muster: muster(
          'alerts',
          'change-rule',
          rule.id,
          option('name', name === rule.name ? undefined : name),
          option('for', same ? undefined : seconds),
          repository === rule.repository ? [] : ['--repository', shellQuote(repository ?? '')],
          Object.keys(labels).length === 0 ? '--every-host' : pairs('label', labels),
          channelIds.length === 0 ? '--every-channel' : channelIds.flatMap((id) => option('channel', id)),
        ),
        curl: bufCurl(
          AlertService.method.updateAlertRule,
          {
            ruleId: rule.id,
            name,
            hold,
            repository,
            labels: { labels },
            channels: { channelIds },
            tellResolved: !silentEnd,
          },
          origin,
        ),
      };
    },
    alertChannels: (): CommandLines => ({
      muster: muster('alerts', 'channels'),
      curl: bufCurl(AlertService.method.listChannels, {}, origin),
    }),
    /** With words where secrets stand: those do not belong into a line that shells remember. */
    alertChannel: (channelId: string | undefined, name: string, kind: ChannelKind): CommandLines => {
      const target = exampleTarget(kind);
      if (channelId) return { curl: bufCurl(AlertService.method.updateChannel, { channelId, name, target }, origin) };
      const named = shellQuote(name || 'NAME');
      return {
        muster:
          kind === ChannelKind.MAIL
            ? muster('alerts', 'add-channel', named, '--mail ADDRESS')
            : `printf %s "$URL" | ${muster('alerts', 'add-channel', named, kind === ChannelKind.SLACK ? '--slack' : '--webhook')}`,
        curl: bufCurl(AlertService.method.createChannel, { name: name || 'NAME', target }, origin),
      };
    },
    alertDeliveries: (): CommandLines => ({
      muster: muster('alerts', 'deliveries'),
      curl: bufCurl(AlertService.method.listDeliveries, {}, origin),
    }),
  };
}

function exampleTarget(kind: ChannelKind): MessageInitShape<typeof CreateChannelRequestSchema>['target'] {
  if (kind === ChannelKind.MAIL) return { case: 'mail', value: { addresses: ['ADDRESS'] } };
  return { case: kind === ChannelKind.SLACK ? 'slack' : 'webhook', value: { url: 'URL' } };
}
