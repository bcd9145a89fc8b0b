import { ConnectError, type Interceptor } from '@connectrpc/connect';

/** What callers were answered instead of what they asked for. */
export class Refused {
  readonly errors: ConnectError[] = [];

  /** Notes every failed call, unary or streamed, and passes it on. */
  readonly interceptor: Interceptor = (next) => async (request) => {
    try {
      const response = await next(request);
      return response.stream ? { ...response, message: this.#watched(response.message) } : response;
    } catch (error) {
      throw this.#noted(error);
    }
  };

  async *#watched<Message>(messages: AsyncIterable<Message>): AsyncGenerator<Message> {
    try {
      yield* messages;
    } catch (error) {
      throw this.#noted(error);
    }
  }

  #noted(error: unknown): unknown {
    this.errors.push(ConnectError.from(error));
    return error;
  }
}
