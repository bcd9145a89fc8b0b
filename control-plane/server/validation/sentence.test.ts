import { create, getOption, hasOption, type DescMessage } from '@bufbuild/protobuf';
import { createValidator, ValidationError } from '@bufbuild/protovalidate';
import { field as rulesOption, type FieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { expect, test } from 'vitest';
import { SignUpRequestSchema } from '#proto/muster/v1/auth_pb.js';
import { CreateHostRequestSchema } from '#proto/muster/v1/host_pb.js';
import { CreateSandboxRequestSchema } from '#proto/muster/v1/sandbox_pb.js';
import { RunRequestSchema } from '#proto/muster/v1/process_pb.js';
import { methods } from '../../access/index.ts';
import { patternSentence } from './patterns.ts';
import { refusalOfViolation } from './sentence.ts';

const validator = createValidator();

function refusal(desc: DescMessage, message: Record<string, unknown>) {
  const { error } = validator.validate(desc, create(desc, message));
  if (!(error instanceof ValidationError)) throw new Error('It is valid.');
  const { field, message: sentence } = refusalOfViolation(error);
  return { field, sentence };
}

test('each rule is said in one sentence that names the field and what would be right', () => {
  const person = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' };
  expect(refusal(SignUpRequestSchema, { ...person, name: '' })).toEqual({
    field: 'name',
    sentence: 'name: must not be empty.',
  });
  expect(refusal(SignUpRequestSchema, { ...person, name: ' ' }).sentence).toBe(
    'name: must be text that is not blank, without control characters.',
  );
  expect(refusal(SignUpRequestSchema, { ...person, password: 'short' }).sentence).toBe(
    'password: must be at least 12 characters.',
  );
  expect(refusal(SignUpRequestSchema, { ...person, email: 'ada' }).sentence).toBe(
    'email: must be a valid email address.',
  );
  expect(refusal(CreateHostRequestSchema, { name: 'Not A Name' })).toMatchObject({
    field: 'name',
    sentence: expect.stringContaining('lower-case letters, digits and dashes'),
  });
  expect(refusal(CreateSandboxRequestSchema, { limits: { memoryMib: 1 } })).toEqual({
    field: 'limits.memory_mib',
    sentence: 'limits.memory_mib: must be greater than or equal to 16 and less than or equal to 262144.',
  });
  expect(refusal(CreateSandboxRequestSchema, { teamId: 'x' }).sentence).toContain(
    'must be an id that begins with team',
  );
  expect(refusal(CreateSandboxRequestSchema, { network: 99 }).sentence).toContain(
    'must be one of NETWORK_MODE_UNSPECIFIED, NETWORK_MODE_NONE',
  );
  expect(refusal(CreateSandboxRequestSchema, { env: { '1A': 'x' } })).toEqual({
    field: 'env["1A"]',
    sentence:
      'env["1A"]: each key must be the name of an environment variable: letters, digits and underscores, not beginning with a digit.',
  });
  const run = { sandboxId: 'sbx0123456789abcdef', argv: ['true'] };
  expect(refusal(RunRequestSchema, { ...run, argv: [] }).field).toBe('argv');
  for (const user of ['First.Last', '_apt', 'www-data', 'WDAGUtility', '1000'])
    expect(validator.validate(RunRequestSchema, create(RunRequestSchema, { ...run, user })).kind).toBe('valid');
  for (const user of ['a:b', '../root', '-u', '.', 'a b', '1a', 'a/b'])
    expect(refusal(RunRequestSchema, { ...run, user }).sentence).toContain('user: must be the name of a user');
});

test('every pattern of the contract is said in words', () => {
  const unsaid = [
    ...new Set(methods.flatMap(([service]) => service.methods.flatMap(({ input }) => [...patternsOf(input)]))),
  ].filter((pattern) => patternSentence(pattern).includes(pattern));
  expect(unsaid).toEqual([]);
});

function* patternsOf(message: DescMessage, seen = new Set<string>()): Generator<string> {
  if (seen.has(message.typeName)) return;
  seen.add(message.typeName);
  for (const field of message.fields) {
    if (hasOption(field, rulesOption)) yield* patternsIn(getOption(field, rulesOption));
    if (field.message) yield* patternsOf(field.message, seen);
  }
}

function* patternsIn({ type }: FieldRules): Generator<string> {
  if (type.case === 'string' && type.value.pattern) yield type.value.pattern;
  if (type.case === 'repeated' && type.value.items) yield* patternsIn(type.value.items);
  if (type.case !== 'map') return;
  for (const rules of [type.value.keys, type.value.values]) if (rules) yield* patternsIn(rules);
}
