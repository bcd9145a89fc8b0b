import { z } from 'zod';
import { parseDuration } from '../duration.ts';

const argv = z.array(z.string().min(1, 'may not hold an empty word')).min(1, 'must name a program').max(64);

/** Ten minutes are enough for most; an hour and more has to be said. */
const defaultTimeoutMs = 600_000;
const longestTimeoutMs = 86_400_000;

/** How a component is updated: commands of this machine's own config, which nobody can send. */
export const updateSettings = z
  .strictObject({
    command: argv,
    return: argv.optional(),
    directory: z.string().regex(/^\//, 'must be an absolute path').default('/'),
    timeout: z
      .string()
      .transform((text, context) => {
        const ms = parseDuration(text);
        if (ms !== undefined && ms >= 1000 && ms <= longestTimeoutMs) return ms;
        context.addIssue({ code: 'custom', message: 'must be a length of time from 1s to 24h such as 90s or 10m' });
        return z.NEVER;
      })
      .default(defaultTimeoutMs),
  })
  .transform(({ command, return: returnCommand, directory, timeout }) => ({
    command,
    returnCommand,
    directory,
    timeoutMs: timeout,
  }));

/** The commands of one component. */
export type UpdateSettings = z.infer<typeof updateSettings>;
