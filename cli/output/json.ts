import { toJson, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import type { Output } from '../surroundings.ts';

/** Prints a message as the API's JSON; fields that are not set are there, too, so that its shape is always the same. */
export function printJson<Desc extends DescMessage>(output: Output, schema: Desc, message: MessageShape<Desc>): void {
  output.write(`${JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }), undefined, 2)}\n`);
}

/** The same on one line, for streams. */
export function jsonLine<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): string {
  return `${JSON.stringify(toJson(schema, message, { alwaysEmitImplicit: true }))}\n`;
}
