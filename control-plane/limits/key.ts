import type { Context } from '../context.ts';

/** Whom a limit counts, as its table knows them: it holds no address of anybody, and none can be found out from it without the master key. */
export const keyFor = ({ installation }: Pick<Context, 'installation'>, who: string): string =>
  installation.mac('limits', who).toString('hex').slice(0, 32);
