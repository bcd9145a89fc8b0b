import type { ConnectRouter, ContextValues } from '@connectrpc/connect';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { noteAhead, requestContext, stayingCheck } from '../server/request-context.ts';
import { attachProcess } from './attach.ts';
import { handleProcess } from './handle.ts';
import type { ProcessParts } from './parts.ts';
import { runCommand } from './run.ts';

export function processRoutes(router: ConnectRouter, parts: ProcessParts): void {
  /** A stream goes on as long as its caller may run commands there, whatever else changes about them. */
  const stays = (values: ContextValues, sandboxId: string) => {
    const context = values.get(requestContext);
    values.set(
      stayingCheck,
      async (caller) => void (await parts.door.find({ ...context, caller }, sandboxId, 'sandbox.run')),
    );
    return context;
  };

  router.service(ProcessService, {
    run: (request, { values }) => runCommand(stays(values, request.sandboxId), parts, request, values.get(noteAhead)),

    attachProcess: (request, { values }) => attachProcess(stays(values, request.sandboxId), parts, request),

    startProcess: (value, { values }) =>
      handleProcess(values.get(requestContext), parts, { case: 'startProcess', value }, values.get(noteAhead)),

    sendInput: (value, { values }) =>
      handleProcess(values.get(requestContext), parts, { case: 'sendInput', value }, values.get(noteAhead)),

    closeInput: (value, { values }) =>
      handleProcess(values.get(requestContext), parts, { case: 'closeInput', value }, values.get(noteAhead)),

    resizeTerminal: (value, { values }) =>
      handleProcess(values.get(requestContext), parts, { case: 'resizeTerminal', value }, values.get(noteAhead)),

    sendSignal: (value, { values }) =>
      handleProcess(values.get(requestContext), parts, { case: 'sendSignal', value }, values.get(noteAhead)),

    listProcesses: (value, { values }) =>
      handleProcess(values.get(requestContext), parts, { case: 'listProcesses', value }),
  });
}
