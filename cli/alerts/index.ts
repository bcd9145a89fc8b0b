import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { collectPair } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { addChannel, type ChannelOptions } from './add-channel.ts';
import { listChannels, removeChannel, testChannel } from './channels.ts';
import { listDeliveries, retryDelivery, type DeliveryOptions } from './deliveries.ts';
import { listAlerts, showAlert, type ListOptions } from './list.ts';
import { changeRule, listRules, type RuleOptions } from './rules.ts';

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** `muster alerts …`. */
export function alertCommands(program: Command, surroundings: Surroundings): void {
  const alerts = program.command('alerts').description('who is told when the fleet is not as it should be');
  withCommonOptions(alerts.command('list'))
    .description('what fires now')
    .option('--all', 'what fired before, too')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listAlerts(session, options)));
  withCommonOptions(alerts.command('show <id>'))
    .description('one alert with its machines')
    .action(act<object, [string]>(surroundings, (session, [id]) => showAlert(session, id)));
  withCommonOptions(alerts.command('rules'))
    .description('what is looked for')
    .action(act(surroundings, (session) => listRules(session)));
  withCommonOptions(alerts.command('change-rule <rule>'))
    .description('change a rule, by name or id; what is not named stays')
    .option('--name <name>', 'another name')
    .option('--for <time>', 'how long it has to last before anybody is told', parseDuration)
    .option('--repository <name>', 'only of this repository; an empty name: of all')
    .option('--label <key=value>', 'only on hosts with this label; can be repeated', collectPair)
    .option('--every-host', 'on all hosts, whatever their labels')
    .option('--channel <name>', 'tell only this channel; can be repeated', collect)
    .option('--every-channel', 'tell all channels')
    .option('--on', 'switch it on')
    .option('--off', 'switch it off')
    .action(act<RuleOptions, [string]>(surroundings, (session, [rule], options) => changeRule(session, rule, options)));
  withCommonOptions(alerts.command('channels'))
    .description('where alerts are told')
    .action(act(surroundings, (session) => listChannels(session)));
  withCommonOptions(alerts.command('add-channel <name>'))
    .description('make a channel; the address of a webhook or chat is read from standard input')
    .option('--webhook', 'a signed JSON message to a URL')
    .option('--slack', 'a text to a URL, as Slack, Mattermost and others take it')
    .option('--mail <address>', 'mail to this address; can be repeated', collect)
    .action(
      act<ChannelOptions, [string]>(surroundings, (session, [name], options) =>
        addChannel(session, name, options, surroundings.stdin),
      ),
    );
  withCommonOptions(alerts.command('remove-channel <channel>'))
    .description('remove a channel, by name or id; what waits for it is given up')
    .action(act<object, [string]>(surroundings, (session, [channel]) => removeChannel(session, channel)));
  withCommonOptions(alerts.command('test <channel>'))
    .description('send a test to a channel now; exit code 1 unless it is taken')
    .action(act<object, [string]>(surroundings, (session, [channel]) => testChannel(session, channel)));
  withCommonOptions(alerts.command('deliveries'))
    .description('what was sent, waits, or was given up, newest first')
    .option('--channel <name>', 'only to this channel')
    .option('--dead', 'only what was given up')
    .action(act<DeliveryOptions, []>(surroundings, (session, _, options) => listDeliveries(session, options)));
  withCommonOptions(alerts.command('retry <delivery>'))
    .description('send a delivery again, by its id')
    .action(act<object, [string]>(surroundings, (session, [id]) => retryDelivery(session, id)));
}
