import { text } from 'node:stream/consumers';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { CreateChannelResponseSchema, type CreateChannelRequestSchema } from '#proto/muster/v1/alert_pb.js';
import { CliError } from '../failure/cli-error.ts';
import { exitCodes } from '../failure/exit-codes.ts';
import { printJson } from '../output/json.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import type { Input } from '../surroundings.ts';

/** Options of `muster alerts add-channel`. */
export interface ChannelOptions extends SessionOptions {
  readonly webhook?: boolean;
  readonly slack?: boolean;
  readonly mail?: readonly string[];
}

type Target = MessageInitShape<typeof CreateChannelRequestSchema>['target'];

/** Makes a channel. A URL is read from what is piped in: it is a secret, and arguments can be seen by others. */
export async function addChannel(session: Session, name: string, options: ChannelOptions, stdin: Input): Promise<void> {
  const answer = await session.alerts.createChannel({ name, target: await targetFrom(options, stdin) });
  if (session.json || !answer.channel) return printJson(session.stdout, CreateChannelResponseSchema, answer);
  const { signingSecret, channel } = answer;
  session.stderr.write(
    `${channel.name} is made. Try it: muster alerts test ${/^[\w.-]+$/.test(channel.name) ? channel.name : channel.id}\n`,
  );
  if (signingSecret === '') return;
  session.stderr.write('Its messages are signed with this secret, which is shown this once:\n');
  session.stdout.write(`${signingSecret}\n`);
}

async function targetFrom({ webhook, slack, mail = [] }: ChannelOptions, stdin: Input): Promise<Target> {
  const chosen = [webhook, slack, mail.length > 0].filter(Boolean).length;
  if (chosen !== 1) throw new CliError('Name one of --webhook, --slack and --mail.', exitCodes.usage);
  if (mail.length > 0) return { case: 'mail', value: { addresses: [...mail] } };
  if (!stdin.isPiped) throw new CliError('Pipe the URL in: it is a secret.', exitCodes.usage);
  const url = (await text(stdin)).trim();
  return webhook ? { case: 'webhook', value: { url } } : { case: 'slack', value: { url } };
}
