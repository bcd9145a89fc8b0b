import { Code, type ConnectError, type Interceptor } from '@connectrpc/connect';
import { Reason } from '#proto/muster/v1/errors_pb.js';
import { actionOf, offIn, requirePossible, type Action } from '../access/index.ts';
import type { NoteUse } from '../audit/index.ts';
import { watchCaller } from '../auth/index.ts';
import { makeContext, type Context, type Services } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { AdmitCall } from '../limits/index.ts';
import { callCaller, callOrigin } from './call-facts.ts';
import type { CallLog } from './call-log.ts';
import type { Calls } from './calls.ts';
import { abortWith, unlessAborted, untilAborted } from './cancellation.ts';
import { askedIn } from './asked.ts';
import { noteDenied } from './denied.ts';
import { noteAhead, requestContext, stayingCheck } from './request-context.ts';
import { sensitiveCall } from './sensitive.ts';
import { withSameRights } from './staying.ts';
import { canceled, deadlineExceeded, toWireError } from './wire-errors.ts';

/** What calls are served with. */
export interface Door {
  readonly services: Services;
  readonly calls: Calls;
  readonly logCall: CallLog;
  readonly admitCall: AdmitCall;
  /** Writes down sensitive calls and denied attempts. */
  readonly noteUse: NoteUse;
  /** Unary calls that take longer are ended; a caller's own deadline may be shorter. */
  readonly unaryDeadlineMs: number;
}

type Request = Parameters<ReturnType<Interceptor>>[0];

/**
 * Around every call: counts it, gives it its context and its end, asks the table of actions, and turns whatever is thrown,
 * in streams too, into the error that goes over the wire.
 */
export function aroundCalls(door: Door): Interceptor {
  return (next) => async (request) => {
    const ending = new AbortController();
    const { signal } = ending;
    const links = [abortWith(ending, request.signal), door.calls.endsWithOthers(ending, request.stream)];
    const unlink = () => links.forEach((end) => end());
    const context = contextOf(door.services, request, signal);
    const asked = askedIn(request);
    let countOut = () => {};
    const succeeded = () => {
      unlink();
      countOut();
      // Once the answer is on its way, which nothing of this changes.
      process.nextTick(() => door.logCall(request.method, request.contextValues));
    };
    const failed = async (error: unknown): Promise<ConnectError> => {
      unlink();
      countOut();
      const wire = toWireError(error, context.origin.requestId);
      door.logCall(request.method, request.contextValues, wire);
      await noteDenied(door.noteUse, context, request.method, asked, error);
      return wire;
    };
    try {
      countOut = door.calls.begin();
      // Before rights are looked at: a flood of what is denied is a flood, too.
      await door.admitCall(context.caller, request.method);
      requirePossible(context.caller, tableAction(request));
      requirePartOfMode(door.services, tableAction(request));
      const timer = request.stream
        ? undefined
        : setTimeout(() => ending.abort(deadlineExceeded()), door.unaryDeadlineMs);
      const sensitive = sensitiveCall(door.noteUse, context, request.method, asked);
      if (sensitive) request.contextValues.set(noteAhead, sensitive.ahead);
      const handled = next({ ...asked.request, signal });
      const response = await unlessAborted(signal, handled).finally(() => clearTimeout(timer));
      if (response.stream) {
        const { caller } = context;
        const mayStay = withSameRights(caller);
        const unwatch = watchCaller(
          door.services,
          caller,
          (now) => {
            requirePossible(now, tableAction(request));
            // The handler, which says what it needs, runs only when its first message is taken.
            return (request.contextValues.get(stayingCheck) ?? mayStay)(now);
          },
          (reason) => ending.abort(reason),
        );
        return {
          ...response,
          message: watched(untilAborted(signal, response.message), {
            began: sensitive?.beforeAnswer,
            succeeded,
            failed,
            unwatch,
          }),
        };
      }
      await sensitive?.beforeAnswer();
      succeeded();
      return response;
    } catch (error) {
      throw await failed(error);
    }
  };
}

function contextOf(services: Services, { contextValues }: Request, signal: AbortSignal): Context {
  const origin = contextValues.get(callOrigin);
  const context = makeContext(services, { caller: contextValues.get(callCaller), origin, signal });
  contextValues.set(requestContext, context);
  return context;
}

/** Refuses what this installation's way of signing in does not have. */
function requirePartOfMode({ config }: Services, action: Action): void {
  const reason = offIn(config.signIn.mode, action);
  if (reason === undefined) return;
  throw new Refusal(Code.FailedPrecondition, Reason.OFF_IN_SIGN_IN_MODE, reason, {
    help: 'Ask whoever runs this installation how people sign in here.',
  });
}

function tableAction({ method }: Request): Action {
  const action = actionOf(method);
  if (action === undefined) throw new Error(`No row of the table of methods names ${method.toString()}.`);
  return action;
}

/** What belongs to a stream's beginning and end. */
interface StreamEnds {
  /** Awaited before its first message goes out. */
  readonly began: (() => Promise<void>) | undefined;
  succeeded(): void;
  failed(error: unknown): Promise<ConnectError>;
  unwatch(): void;
}

/** The stream of an answer, until it ends, fails, is ended by us, or nobody reads it any more. */
async function* watched<T>(messages: AsyncIterable<T>, end: StreamEnds): AsyncGenerator<T> {
  let open = true;
  try {
    yield* end.began ? afterFirst(messages, end.began) : messages;
    open = false;
    end.succeeded();
  } catch (error) {
    open = false;
    throw await end.failed(error);
  } finally {
    end.unwatch();
    if (open) await end.failed(canceled());
  }
}

/** The same messages; the first goes out once that is done. */
async function* afterFirst<T>(messages: AsyncIterable<T>, first: () => Promise<void>): AsyncGenerator<T> {
  const rest = messages[Symbol.asyncIterator]();
  try {
    const one = await rest.next();
    await first();
    if (one.done) return;
    yield one.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    await rest.return?.();
  }
}
