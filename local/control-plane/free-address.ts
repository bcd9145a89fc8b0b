import { createServer } from 'node:net';
import { StartProblem } from '../problem.ts';

/** Throws a StartProblem where somebody listens already: their answers must not be taken for our control plane's. */
export function requireFreeAddress({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', (cause) => {
      const why =
        'code' in cause && cause.code === 'EADDRINUSE'
          ? 'is in use by another program'
          : `cannot be used (${cause.message})`;
      const sentence = `${host || '*'}:${port} ${why}. Stop what uses it, or set MUSTER_LISTEN to another address.`;
      reject(new StartProblem(sentence, { cause }));
    });
    probe.listen({ port, host: host || undefined }, () => probe.close(() => resolve()));
  });
}
