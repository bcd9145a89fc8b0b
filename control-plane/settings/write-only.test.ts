import { type DescField, type DescMessage } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SecretStateSchema, SetSecretRequestSchema, SettingsService } from '#proto/muster/v1/settings_pb.js';
import { methods } from '../access/methods.ts';
import { groups, isSecretField } from './registry/index.ts';

const isRedacted = (field: DescField) => field.proto.options?.debugRedact === true;

/** Every field that can stand in a message, however deep. */
function fieldsWithin(message: DescMessage, seen = new Set<DescMessage>()): DescField[] {
  if (seen.has(message)) return [];
  seen.add(message);
  return message.fields.flatMap((field) => [field, ...(field.message ? fieldsWithin(field.message, seen) : [])]);
}

test('a secret goes in through one field, and no answer of any method has a field that is marked like it', () => {
  expect(SetSecretRequestSchema.fields.filter(isRedacted).map(({ name }) => name)).toEqual(['value']);
  const answers = methods.flatMap(([service]) => service.methods.map(({ output }) => output));
  expect(answers.length).toBeGreaterThan(100);
  const marked = answers.flatMap((answer) => fieldsWithin(answer).filter(isRedacted));
  expect(marked.map(({ parent, name }) => `${parent.typeName}.${name}`)).toEqual([]);
  expect(answers).not.toContain(SetSecretRequestSchema);
});

test('answers say of a secret that it is set, since when, by whom, whether it is another one, and how its last use went: nothing else', () => {
  expect(SecretStateSchema.fields.map(({ name }) => name)).toEqual([
    'is_set',
    'version',
    'updated_at',
    'updated_by',
    'fingerprint',
    'last_used_at',
    'last_error',
  ]);
  const texts = SettingsService.methods
    .flatMap(({ output }) => fieldsWithin(output))
    .filter(({ scalar, parent }) => scalar !== undefined && parent.typeName.startsWith('muster.'))
    .map(({ parent, name }) => `${parent.name}.${name}`);
  // A value stands only where it can be read back, which is never beside the state of a secret.
  expect(new Set(texts.filter((name) => /value|secret|key|password|token/.test(name)))).toEqual(
    new Set([
      'PlainState.value',
      'PlainState.default_value',
      'SettingChoice.value',
      'SettingCondition.value',
      'SetSettingResponse.cleared_secrets',
    ]),
  );
});

test('every field whose name sounds like a secret is one, and says where it is sent', () => {
  const fields = groups.flatMap((group) => group.fields);
  const sounding = fields.filter(({ name }) => /key|password|token|secret/.test(name));
  expect(sounding.filter((field) => !isSecretField(field))).toEqual([]);
  const names = fields.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const addresses = fields.filter(isSecretField).map(({ sentTo }) => sentTo);
  expect(Math.min(...addresses.map(({ length }) => length))).toBeGreaterThan(0);
  expect(names).toEqual(expect.arrayContaining(addresses.flat()));
});
