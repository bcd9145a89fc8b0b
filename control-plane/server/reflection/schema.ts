import { toBinary, type DescFile, type DescMessage, type DescService } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** What the contracts of some services say, as reflection asks for it. Files are serialised, the one asked for first, then what it imports. */
export interface Schema {
  readonly services: readonly string[];
  fileNamed(name: string): Uint8Array[] | undefined;
  fileDeclaring(symbol: string): Uint8Array[] | undefined;
  fileExtending(typeName: string, number: number): Uint8Array[] | undefined;
  extensionsOf(typeName: string): number[] | undefined;
}

export function schemaOf(services: readonly DescService[]): Schema {
  const files = new Map<string, DescFile>();
  for (const { file } of services) collect(file, files);
  const declared = new Map<string, DescFile>();
  for (const file of files.values()) for (const symbol of symbolsOf(file)) declared.set(symbol, file);
  const extensions = [...files.values()].flatMap((file) => file.extensions);
  const closure = (file: DescFile | undefined) => {
    if (!file) return undefined;
    const needed = new Map<string, DescFile>();
    collect(file, needed);
    return [...needed.values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
  };
  return {
    services: services.map(({ typeName }) => typeName).sort(),
    fileNamed: (name) => closure(files.get(name)),
    fileDeclaring: (symbol) => closure(declared.get(symbol)),
    fileExtending: (typeName, number) =>
      closure(extensions.find((one) => one.extendee.typeName === typeName && one.number === number)?.file),
    extensionsOf: (typeName) =>
      declared.has(typeName)
        ? extensions.filter(({ extendee }) => extendee.typeName === typeName).map(({ number }) => number)
        : undefined,
  };
}

function collect(file: DescFile, into: Map<string, DescFile>): void {
  const name = file.proto.name;
  if (into.has(name)) return;
  into.set(name, file);
  for (const dependency of file.dependencies) collect(dependency, into);
}

function* symbolsOf(file: DescFile): Generator<string> {
  for (const message of file.messages) yield* symbolsIn(message);
  for (const { typeName } of [...file.enums, ...file.extensions]) yield typeName;
  for (const service of file.services) {
    yield service.typeName;
    for (const method of service.methods) yield `${service.typeName}.${method.name}`;
  }
}

function* symbolsIn(message: DescMessage): Generator<string> {
  yield message.typeName;
  for (const { typeName } of [...message.nestedEnums, ...message.nestedExtensions]) yield typeName;
  for (const nested of message.nestedMessages) yield* symbolsIn(nested);
}
