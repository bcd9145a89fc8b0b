import { create, ScalarType, toBinary, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { encodeEnvelope, envelopePrefix } from './envelopes.ts';

/** Below that, copying is cheaper than sending in parts. */
const largeBytes = 4096;

/**
 * A message of a stream as it goes over the wire: in one part, or more that belong together. Where it holds many bytes and nothing else, they are not
 * copied: the library's writer copies them three times, which took a third of the control plane's time for an upload.
 */
export function encodeParts<Message extends DescMessage>(
  desc: Message,
  init: MessageInitShape<Message>,
): readonly Uint8Array[] {
  const message = create(desc, init);
  const bulk = bulkOf(reflect(desc, message, false));
  if (!bulk || bulk.bytes.length < largeBytes) {
    return [encodeEnvelope(toBinary(desc, message))];
  }
  let head: Uint8Array = new Uint8Array();
  for (const number of bulk.fields) {
    const length = head.length + bulk.bytes.length;
    head = new BinaryWriter().tag(number, WireType.LengthDelimited).uint32(length).raw(head).finish();
  }
  return [envelopePrefix(head.length + bulk.bytes.length), head, bulk.bytes];
}

/** The bytes that are all that a message holds, with the numbers of the fields around them, innermost first. */
function bulkOf(
  message: ReflectMessage,
): { readonly bytes: Uint8Array; readonly fields: readonly number[] } | undefined {
  const [only, ...others] = message.members;
  if (!only || others.length > 0 || message.getUnknown()?.length) return undefined;
  const field = only.kind === 'oneof' ? message.oneofCase(only) : only;
  if (!field || !message.isSet(field)) return undefined;
  if (field.fieldKind === 'scalar' && field.scalar === ScalarType.BYTES) {
    const bytes = message.get(field);
    return bytes instanceof Uint8Array ? { bytes, fields: [field.number] } : undefined;
  }
  const inner = field.fieldKind === 'message' ? bulkOf(message.get(field)) : undefined;
  return inner && { bytes: inner.bytes, fields: [...inner.fields, field.number] };
}
