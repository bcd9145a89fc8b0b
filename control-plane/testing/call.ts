/** The answer to a plain HTTP call of an RPC, as `curl` would see it. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Whatever JSON came. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The `muster.v1.ErrorInfo` of an error. */
  readonly info: Record<string, unknown> | undefined;
}

/** Calls an RPC with Connect JSON and these headers. */
export async function callPlain(
  url: string,
  method: string,
  message: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<PlainAnswer> {
  const response = await fetch(`${url}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
  const text = await response.text();
  const body = response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : { text };
  const details: { type: string; debug: Record<string, unknown> }[] = body.details ?? [];
  return {
    status: response.status,
    headers: response.headers,
    body,
    info: details.find(({ type }) => type === 'muster.v1.ErrorInfo')?.debug,
  };
}
