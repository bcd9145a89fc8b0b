import type { DescMethod } from '@bufbuild/protobuf';
import { Code, ConnectError, type ContextValues } from '@connectrpc/connect';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import type { Services } from '../context.ts';
import { callCaller, callOrigin, callStartedAt } from './call-facts.ts';
import type { CallMetrics } from './metrics.ts';

/** Codes that say that we are the trouble. */
const ourFault = new Set([Code.Internal, Code.Unknown, Code.DataLoss]);

/** Writes the end of a call to the log and the metrics. Never a header, never a body. */
export type CallLog = (method: DescMethod, values: ContextValues, error?: ConnectError) => void;

export function callLog({ log }: Services, metrics: CallMetrics): CallLog {
  return (method, values, error) => {
    const { requestId, address } = values.get(callOrigin);
    const seconds = (performance.now() - values.get(callStartedAt)) / 1000;
    const service = method.parent.typeName;
    metrics.ended({ service, method: method.name, code: error?.code, seconds });
    const facts = {
      requestId,
      rpc: `${service}/${method.name}`,
      code: error ? Code[error.code] : 'ok',
      actor: values.get(callCaller).actor,
      address,
      ms: Math.round(seconds * 1000),
    };
    if (error && ourFault.has(error.code)) log.error({ ...facts, err: error.cause ?? error }, 'a call failed');
    else if (error?.code === Code.Unavailable) log.warn({ ...facts, err: error.cause }, 'a call could not be served');
    else if (error) log.info({ ...facts, message: error.rawMessage }, 'a call was refused');
    else if (method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) log.debug(facts, 'a call');
    else log.info(facts, 'a call');
  };
}
