import type { Context } from '../context.ts';
import { hasLiveKey } from './store.ts';

/** Says in the log what to do where only keys get in and there is none. */
export async function warnWhereNobodyGetsIn({ config, log, sql }: Context): Promise<void> {
  if (config.signIn.mode !== 'keys_only' || (await hasLiveKey(sql))) return;
  log.warn(
    'nobody can get in: MUSTER_AUTH_MODE is api_key_only and there is no key. ' +
      'Mint one with `npm run admin -- bootstrap-key`, set MUSTER_BOOTSTRAP_KEY to it and start again',
  );
}
