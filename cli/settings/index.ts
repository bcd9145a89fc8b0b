import { durationMs } from '@bufbuild/protobuf/wkt';
import type { Command } from 'commander';
import { TestSettingResponseSchema } from '#proto/muster/v1/settings_pb.js';
import { act, withCommonOptions } from '../command.ts';
import { printJson } from '../output/json.ts';
import type { SessionOptions } from '../session/session.ts';
import type { Surroundings } from '../surroundings.ts';
import { clearSetting, setSetting } from './change.ts';
import { listSettings } from './list.ts';

/** `muster settings …`. */
export function settingCommands(program: Command, surroundings: Surroundings, end: (exitCode: number) => void): void {
  const settings = program.command('settings').description('mail, assistant providers: what admins set up');
  withCommonOptions(settings.command('list'))
    .description('all settings; of secrets whether they are set, and how their last use went')
    .option('--group <name>', 'only these, such as mail')
    .action(
      act<SessionOptions & { group?: string }, []>(surroundings, (session, _, { group = '' }) =>
        listSettings(session, group),
      ),
    );
  withCommonOptions(settings.command('set <name> [value]'))
    .description('save a setting; a secret is piped in, or asked for and not shown')
    .action(
      act<SessionOptions, [string, string | undefined]>(surroundings, (session, [name, value]) =>
        setSetting(session, name, value),
      ),
    );
  withCommonOptions(settings.command('clear <name>'))
    .description('forget a secret, or return a setting to its default')
    .action(act<SessionOptions, [string]>(surroundings, (session, [name]) => clearSetting(session, name)));
  withCommonOptions(settings.command('test <group>'))
    .description('send a test mail (mail), or try the key of a provider; exit code 1 where that fails')
    .option('--to <address>', 'where the test mail goes (default: to you)')
    .action(
      act<SessionOptions & { to?: string }, [string]>(surroundings, async (session, [group], { to = '' }) => {
        const answer = await session.settings.testSetting({ group, recipient: to });
        if (!answer.ok) end(1);
        if (session.json) return printJson(session.stdout, TestSettingResponseSchema, answer);
        const took = answer.took ? ` (${(durationMs(answer.took) / 1000).toFixed(1)} s)` : '';
        session.stdout.write(`${answer.sentence}${took}\n`);
      }),
    );
}
