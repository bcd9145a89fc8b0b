import { z } from 'zod';
import { faultNames, faults, type FaultName } from './faults.ts';

const schema = z.object({
  hosts: z.number().int().min(1).max(100_000),
  sandboxes: z.number().int().min(0).max(1_000_000),
  faults: z.array(z.string()),
  listFaults: z.boolean(),
  faultEveryMs: z.number().positive(),
  seed: z.number().int(),
  prefix: z.string().min(1),
  heartbeatEveryMs: z.number().positive().optional(),
  forMs: z.number().positive().optional(),
  keep: z.boolean(),
});

/** What `muster simulate` asks for, with the names of faults checked. Throws an Error with one sentence. */
export function readOptions(json: string | undefined) {
  const result = schema.safeParse(JSON.parse(json ?? '{}'));
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join('.')}: ${issue?.message}.`);
  }
  return { ...result.data, faults: namesOf(result.data.faults) };
}

function namesOf(asked: readonly string[]): readonly FaultName[] {
  if (asked.includes('all')) return faultNames;
  return asked.map((name) => {
    const known = faultNames.find((one) => one === name);
    if (!known) throw new Error(`There is no fault ${name}. There are: ${faultNames.join(', ')}, all.`);
    return known;
  });
}

/** The faults with a sentence each. */
export const faultTable = (): string =>
  faultNames.map((name) => `${name.padEnd(20)} ${faults[name].sentence}\n`).join('');
