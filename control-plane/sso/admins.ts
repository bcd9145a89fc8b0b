import { recordAudit } from '../audit/index.ts';
import type { Context } from '../context.ts';
import { settleAdmins } from './store.ts';

/** Makes those platform admins whom the configuration names now, before the first request: keys of those who no longer are stop. */
export async function settlePlatformAdmins(context: Context): Promise<void> {
  const { signIn } = context.config;
  if (signIn.mode !== 'trusted_header' && signIn.mode !== 'oidc') return;
  const source = signIn.mode === 'oidc' ? signIn.issuer : signIn.mode;
  await context.transaction(async (sql) => {
    for (const { id, platformAdmin } of await settleAdmins(sql, source, [...signIn.people.platformAdmins])) {
      await recordAudit(sql, context, {
        action: 'user.set_platform_admin',
        target: id,
        before: { platformAdmin: !platformAdmin },
        after: { platformAdmin },
        reason: 'MUSTER_PLATFORM_ADMINS says so.',
      });
    }
  });
}
