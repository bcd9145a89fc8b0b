import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { callUnaryMethod, useTransport } from '@connectrpc/connect-query';

/**
 * Makes calls whose answer holds a secret. No cache keeps the answer, as a mutation's would for minutes: it lives as long
 * as the component that shows it.
 */
export function useUncached<Input extends DescMessage, Output extends DescMessage>(
  method: DescMethodUnary<Input, Output>,
): (input: MessageInitShape<Input>) => Promise<MessageShape<Output>> {
  const transport = useTransport();
  return (input) => callUnaryMethod(transport, method, input);
}
