import type { DescMessage, Message } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { Interceptor } from '@connectrpc/connect';
import { cleanLine, cleanText } from '#contract/text.ts';

/** Fields that people write or paste, by their names, in whichever request: what becomes of them before anybody sees them. */
const cleaned: Readonly<Record<string, (value: string) => string>> = {
  reason: cleanLine,
  csv: cleanText,
};

/** `sh -c SCRIPT`, and shells by other names: their scripts are text. All other arguments are taken as they are, byte by byte. */
const shell = /(?:^|\/)(?:ba|da|a|z|k)?sh$/;
const takesScript = /^-[a-z]*c$/;

function cleanArgv(argv: string[]): void {
  const at = argv.findIndex((word, index) => index > 0 && takesScript.test(word)) + 1;
  const script = at > 0 ? argv[at] : undefined;
  if (script !== undefined && shell.test(argv[0] ?? '')) argv[at] = cleanText(script);
}

/** Cleans the texts of a request, in place. */
export function cleanRequest(desc: DescMessage, message: Message): void {
  const request = reflect(desc, message);
  for (const field of desc.fields) {
    const clean = cleaned[field.name];
    if (clean && field.fieldKind === 'scalar' && typeof request.get(field) === 'string' && request.isSet(field))
      request.set(field, clean(request.get(field) as string)); // just shown to be one
    if (field.name === 'argv' && field.fieldKind === 'list')
      cleanArgv(Reflect.get(message, field.localName) as string[]); // a repeated string of the contract
  }
}

/** Cleans what people paste, at the one door that every call comes through; before the contract's rules are looked at. */
export const cleanTexts: Interceptor = (next) => (request) => {
  const { input } = request.method;
  if (!request.stream) cleanRequest(input, request.message);
  else return next({ ...request, message: each(request.message, (message) => cleanRequest(input, message)) });
  return next(request);
};

async function* each<T>(messages: AsyncIterable<T>, act: (message: T) => void): AsyncGenerator<T> {
  for await (const message of messages) {
    act(message);
    yield message;
  }
}
