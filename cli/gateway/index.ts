import type { Command } from 'commander';
import { act, withCommonOptions } from '../command.ts';
import { parseNumber } from '../output/pairs.ts';
import { parseDuration } from '../output/time.ts';
import type { Surroundings } from '../surroundings.ts';
import { listCaps, setCaps, type CapOptions } from './caps.ts';
import type { ScopeOptions } from './team.ts';
import {
  createToken,
  listTokens,
  revokeToken,
  rotateToken,
  type CreateOptions,
  type ListOptions,
  type RotateOptions,
} from './tokens.ts';
import { showUsage, type UsageOptions } from './usage.ts';

/** `muster gateway …`. */
export function gatewayCommands(program: Command, surroundings: Surroundings): void {
  const gateway = program.command('gateway').description('the model gateway: what is used, tokens and caps');
  withScope(gateway.command('usage'))
    .description('what was used of which model, and how everybody stands with their caps')
    .option('--days <number>', 'how many days back (default 30, 400 are kept)', parseNumber)
    .action(act<UsageOptions, []>(surroundings, (session, _, options) => showUsage(session, options)));

  const tokens = gateway.command('tokens').description('what sandboxes and programs present to the gateway');
  withScope(tokens.command('list'))
    .description('all tokens that have not been revoked')
    .option('--all', 'also those that have')
    .action(act<ListOptions, []>(surroundings, (session, _, options) => listTokens(session, options)));
  withTeam(tokens.command('create <name>'))
    .description('mint a token; its secret is shown once')
    .option('--user <id>', 'whose use it counts as (default: yours)')
    .option('--request-id <id>', 'makes the call repeatable')
    .option('--out <file>', 'write the secret to a new file that only you can read')
    .action(
      act<CreateOptions, [string]>(surroundings, (session, [name], options) => createToken(session, name, options)),
    );
  withScope(tokens.command('rotate <token>'))
    .description('give a token another secret')
    .option(
      '--overlap <time>',
      'how long the old secret goes on working, up to 7d (default: not at all)',
      parseDuration,
    )
    .option('--out <file>', 'write the secret to a new file that only you can read')
    .action(
      act<RotateOptions, [string]>(surroundings, (session, [token], options) => rotateToken(session, token, options)),
    );
  withScope(tokens.command('revoke <token>'))
    .description('end a token, from its next request on')
    .action(
      act<ScopeOptions, [string]>(surroundings, (session, [token], options) => revokeToken(session, token, options)),
    );

  const caps = gateway.command('caps').description('how much may be used, in tokens of models');
  withScope(caps.command('list'))
    .description('what holds for whom')
    .action(act<ScopeOptions, []>(surroundings, (session, _, options) => listCaps(session, options)));
  withCommonOptions(caps.command('set'))
    .description('say how much one user, or everybody who has no caps of their own, may use')
    .option('--user <id>', 'of this user alone')
    .option('--day <tokens>', 'in a day (UTC); 0 lets nothing through', parseNumber)
    .option('--month <tokens>', 'in a month (UTC)', parseNumber)
    .option('--default', 'return the user to what holds for everybody')
    .action(act<CapOptions, []>(surroundings, (session, _, options) => setCaps(session, options)));
}

const withTeam = (command: Command): Command =>
  withCommonOptions(command).option('--team <id>', 'of this team, instead of your own');

const withScope = (command: Command): Command => withTeam(command).option('--all-teams', 'of all teams');
