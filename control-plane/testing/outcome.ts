import { ConnectError, type Code } from '@connectrpc/connect';

/** The error of a call that has to fail. */
export async function failureOf(call: PromiseLike<unknown>): Promise<ConnectError> {
  try {
    await call;
  } catch (error) {
    return ConnectError.from(error);
  }
  throw new Error('The call was expected to fail, and did not.');
}

/** The code of a call's error; undefined for an answer. */
export async function codeOf(call: PromiseLike<unknown>): Promise<Code | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return ConnectError.from(error).code;
  }
}

/** A stream to take messages from one by one. */
export const iterate = <T>(stream: AsyncIterable<T>) => {
  const iterator: AsyncIterator<T, undefined> = stream[Symbol.asyncIterator]();
  return { next: () => iterator.next() };
};
