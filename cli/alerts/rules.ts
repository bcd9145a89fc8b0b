import { durationMs } from '@bufbuild/protobuf/wkt';
import {
  AlertKind,
  ListAlertRulesResponseSchema,
  UpdateAlertRuleResponseSchema,
  type AlertRule,
} from '#proto/muster/v1/alert_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import { sayPairs } from '../output/pairs.ts';
import { printTable, type Column } from '../output/table.ts';
import { sayDuration } from '../output/time.ts';
import { enumWord } from '../output/words.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { findChannel } from './channels.ts';

/** Options of `muster alerts change-rule`. */
export interface RuleOptions extends SessionOptions {
  readonly name?: string;
  readonly for?: { readonly seconds: bigint };
  readonly repository?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly everyHost?: boolean;
  readonly channel?: readonly string[];
  readonly everyChannel?: boolean;
  readonly on?: boolean;
  readonly off?: boolean;
}

const columnsOf = (channelNames: ReadonlyMap<string, string>): readonly Column<AlertRule>[] => [
  { heading: 'NAME', cell: ({ name }) => name },
  { heading: 'ON', cell: ({ enabled }) => (enabled ? 'yes' : 'no') },
  { heading: 'KIND', cell: ({ kind }) => enumWord(AlertKind, kind) },
  { heading: 'FOR', cell: ({ hold }) => (hold && durationMs(hold) > 0 ? sayDuration(durationMs(hold) / 1000) : '') },
  { heading: 'WHERE', cell: ({ repository, labels }) => [repository, sayPairs(labels)].filter(Boolean).join(' ') },
  {
    heading: 'TELLS',
    cell: ({ channelIds }) =>
      channelIds.length === 0 ? 'all channels' : channelIds.map((id) => channelNames.get(id) ?? 'gone').join(', '),
  },
  { heading: 'FIRING', cell: ({ firing }) => String(firing), right: true },
  { heading: 'ID', cell: ({ id }) => id },
];

/** Prints all rules. */
export async function listRules(session: Session): Promise<void> {
  const answer = await session.alerts.listAlertRules({});
  if (session.json) return printJson(session.stdout, ListAlertRulesResponseSchema, answer);
  const { channels } = await session.alerts.listChannels({});
  const names = new Map(channels.map(({ id, name }) => [id, name]));
  printTable(session.stdout, answer.rules, columnsOf(names), 'There are no rules.');
}

/** Changes a rule. */
export async function changeRule(session: Session, nameOrId: string, options: RuleOptions): Promise<void> {
  if (options.on && options.off) throw new CliError('Name either --on or --off.', exitCodes.usage);
  const { rules } = await session.alerts.listAlertRules({});
  const rule = rules.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (!rule) throw new CliError(`There is no rule named ${nameOrId}. See muster alerts rules.`, exitCodes.notFound);
  const named = await Promise.all((options.channel ?? []).map((name) => findChannel(session, name)));
  const answer = await session.alerts.updateAlertRule({
    ruleId: rule.id,
    name: options.name,
    hold: options.for,
    repository: options.repository,
    labels: options.everyHost ? {} : options.label && { labels: options.label },
    channels: options.everyChannel ? {} : options.channel && { channelIds: named.map(({ id }) => id) },
    enabled: options.on ? true : options.off ? false : undefined,
  });
  if (session.json || !answer.rule) return printJson(session.stdout, UpdateAlertRuleResponseSchema, answer);
  session.stdout.write(`${answer.rule.name}: ${answer.rule.sentence}${answer.rule.enabled ? '' : ' It is off.'}\n`);
}
