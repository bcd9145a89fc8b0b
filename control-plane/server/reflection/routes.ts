import { Code, type ConnectRouter } from '@connectrpc/connect';
import { ServerReflection, type ServerReflectionRequest } from '#proto/grpc/reflection/v1/reflection_pb.js';
import {
  ServerReflection as ServerReflectionAlpha,
  type ServerReflectionRequest as AlphaRequest,
} from '#proto/grpc/reflection/v1alpha/reflection_pb.js';
import { schemaOf, type Schema } from './schema.ts';

/** Serves the schema of everything that was routed before it, in both versions that clients ask for. */
export function reflectionRoutes(router: ConnectRouter): void {
  const routed = new Set(router.handlers.map(({ service }) => service));
  const schema = schemaOf([...routed, ServerReflection, ServerReflectionAlpha]);
  router.service(ServerReflection, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests)
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(schema, request) };
    },
  });
  router.service(ServerReflectionAlpha, {
    async *serverReflectionInfo(requests) {
      for await (const request of requests)
        yield { validHost: request.host, originalRequest: request, messageResponse: answer(schema, request) };
    },
  });
}

function answer(schema: Schema, { messageRequest: asked }: ServerReflectionRequest | AlphaRequest) {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse' as const, value: { service: schema.services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return files(schema.fileNamed(asked.value), asked.value);
    case 'fileContainingSymbol':
      return files(schema.fileDeclaring(asked.value), asked.value);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value;
      return files(
        schema.fileExtending(containingType, extensionNumber),
        `an extension ${extensionNumber} of ${containingType}`,
      );
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = schema.extensionsOf(asked.value);
      if (!extensionNumber) return nothing(asked.value);
      return { case: 'allExtensionNumbersResponse' as const, value: { baseTypeName: asked.value, extensionNumber } };
    }
    default:
      return {
        case: 'errorResponse' as const,
        value: { errorCode: Code.InvalidArgument, errorMessage: 'The request asks for nothing.' },
      };
  }
}

const files = (fileDescriptorProto: Uint8Array[] | undefined, wanted: string) =>
  fileDescriptorProto ? { case: 'fileDescriptorResponse' as const, value: { fileDescriptorProto } } : nothing(wanted);

const nothing = (wanted: string) => ({
  case: 'errorResponse' as const,
  value: {
    errorCode: Code.NotFound,
    errorMessage: `The contracts of this server do not declare ${wanted.slice(0, 200)}.`,
  },
});
