import { type DescField, type DescMessage } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { SetProviderKeyRequestSchema, TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';

/** Every field that can stand in a message, however deep. */
function fieldsWithin(message: DescMessage, seen = new Set<DescMessage>()): DescField[] {
  if (seen.has(message)) return [];
  seen.add(message);
  return message.fields.flatMap((field) => [field, ...(field.message ? fieldsWithin(field.message, seen) : [])]);
}

test('a key goes in through one field that no log shows, and no answer has a field that could hold it', () => {
  const redacted = SetProviderKeyRequestSchema.fields.filter(({ proto }) => proto.options?.debugRedact);
  expect(redacted.map(({ name }) => name)).toEqual(['value']);
  const texts = TesterKeyService.methods
    .flatMap(({ output }) => fieldsWithin(output))
    .filter(({ scalar, parent }) => scalar !== undefined && parent.typeName.startsWith('muster.'))
    .map(({ parent, name }) => `${parent.name}.${name}`);
  expect(texts.length).toBeGreaterThan(30);
  expect(new Set(texts.filter((name) => /value|secret|token$|[._]key$|password/.test(name)))).toEqual(new Set());
});
