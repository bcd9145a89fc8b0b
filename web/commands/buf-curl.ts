import { toJsonString, type DescMessage, type DescMethod, type MessageInitShape, create } from '@bufbuild/protobuf';

/** The `buf curl` line that makes the same call. `origin` is where the console was loaded from. */
export function bufCurl<Input extends DescMessage>(
  method: DescMethod & { readonly input: Input },
  input: MessageInitShape<Input>,
  origin: string,
  { anonymous = false }: { readonly anonymous?: boolean } = {},
): string {
  // Without TLS there is no negotiation: reflection needs HTTP/2, so it must be said.
  const transport = origin.startsWith('http://') ? '--http2-prior-knowledge ' : '';
  const body = toJsonString(method.input, create(method.input, input));
  const data = body === '{}' ? '' : `--data ${shellQuote(body)} \\\n  `;
  const credential = anonymous ? '' : '--header "Authorization: Bearer $MUSTER_TOKEN" ';
  return `buf curl ${transport}${credential}\\\n  ${data}${origin}/${method.parent.typeName}/${method.name}`;
}

/** A word of a shell line: as it is where that is safe, else in single quotes. */
export function shellQuote(text: string): string {
  if (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
