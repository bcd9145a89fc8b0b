import { resealChannels } from '../alerts/index.ts';
import type { Context } from '../context.ts';
import { resealRepositories } from '../fleet/index.ts';
import { rotateMasterKey } from '../installation/index.ts';
import { resealMail } from '../mail/index.ts';
import { resealSecrets } from '../settings/index.ts';

/** Gives the installation another master key, with all that any feature keeps sealed. */
export const rotateKeyOfAll = (context: Context): Promise<object> =>
  rotateMasterKey(context, {
    channels: resealChannels,
    mail: resealMail,
    repositories: resealRepositories,
    secrets: resealSecrets,
  });
