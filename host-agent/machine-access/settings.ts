import { z } from 'zod';

const accountName = /^[a-z_][a-z0-9_-]{0,31}$/;

const takes = z.enum(['support', 'testers'], 'must be "support" or "testers"');

/** Accounts of this machine that SSH keys are put in for, and whose keys those are. No other account is ever touched. */
export const accessSettings = z
  .record(
    z.string(),
    z.array(takes, 'must be a list: ["support", "testers"], or [] to take all keys out again'),
    'must be accounts with whose keys they take: {"tester": ["support", "testers"]}',
  )
  .refine(
    (all) => Object.keys(all).every((name) => accountName.test(name)),
    'must name accounts of this machine: lower-case letters, digits, underscores and dashes',
  )
  .refine((all) => Object.keys(all).length <= 32, 'may name 32 accounts at most')
  .transform((all) =>
    Object.entries(all).map(([name, kinds]) => ({
      name,
      support: kinds.includes('support'),
      testers: kinds.includes('testers'),
    })),
  );

/** One account. */
export type AccountSettings = z.infer<typeof accessSettings>[number];
