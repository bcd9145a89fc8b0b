import { request } from 'node:http';

/** The answer to a plain request to our own control plane; undefined where nobody answers. */
export function ask(
  url: string,
  message?: object,
): Promise<{ readonly status: number; readonly text: string } | undefined> {
  return new Promise((resolve) => {
    const headers = message ? { 'content-type': 'application/json' } : {};
    const asking = request(
      url,
      { method: message ? 'POST' : 'GET', headers, timeout: 5000, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.once('error', () => resolve(undefined));
      },
    );
    asking.once('timeout', () => asking.destroy());
    asking.once('error', () => resolve(undefined));
    asking.end(message && JSON.stringify(message));
  });
}
