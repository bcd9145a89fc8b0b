import PQueue from 'p-queue';
import { UpdateKind } from '#proto/muster/agent/v1/host_agent_pb.js';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import { HostRefusal, type HostCalls } from '../hosts/index.ts';
import { endCommand, findCommands, keepLog, type Command } from './command-store.ts';

const atOnce = 20;
const timeoutMs = 10_000;

/**
 * Lets the hosts that are connected here run their commands, and writes down what they tell. The call that starts a
 * command is the one that asks how far it is, so that nothing has to be remembered in between.
 */
export async function driveCommands(context: Context, calls: HostCalls): Promise<{ commands: number }> {
  const commands = await findCommands(context.sql, context.replicaId);
  const queue = new PQueue({ concurrency: atOnce });
  await queue.addAll(commands.map((command) => () => driveCommand(context, calls, command)));
  return { commands: commands.length };
}

async function driveCommand(context: Context, calls: HostCalls, command: Command): Promise<void> {
  const { hostId, commandId, component, kind, targetSha, fromSha, stopAsked } = command;
  try {
    if (stopAsked)
      await calls.call(
        hostId,
        timeoutMs,
        (client, options) => client.stopUpdate({ updateId: commandId }, options),
        context.signal,
      );
    const { log, end } = await calls.call(
      hostId,
      timeoutMs,
      (client, options) =>
        client.applyUpdate(
          {
            updateId: commandId,
            component,
            kind: kind === 'update' ? UpdateKind.UPDATE : UpdateKind.RETURN,
            targetSha,
            fromSha,
            logOffset: BigInt(command.logOffset),
          },
          options,
        ),
      context.signal,
    );
    if (log.length > 0) await context.transaction((sql) => keepLog(sql, command, partOf(log)));
    if (end) await endCommand(context.sql, commandId, storable(end.problem));
  } catch (error) {
    if (context.signal.aborted) return;
    if (error instanceof HostRefusal && isFinal(error))
      await endCommand(context.sql, commandId, storable(error.message));
    else if (!(error instanceof Refusal)) throw error;
    // A host that cannot be reached now is asked again.
  }
}

/** The host has understood, and will not run it. */
const isFinal = ({ reason }: HostRefusal): boolean =>
  reason === Reason.UPDATE_NOT_OFFERED || reason === Reason.WRONG_STATE || reason === Reason.INTERNAL;

function partOf(bytes: Uint8Array): { bytes: number; text: string; lastLine: string } {
  const text = storable(new TextDecoder().decode(bytes));
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return { bytes: bytes.length, text, lastLine: (lines.at(-1) ?? '').slice(0, 500).toWellFormed() };
}

/** What the database takes, whatever a command wrote. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\u{fffd}');
