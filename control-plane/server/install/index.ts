import { readFile } from 'node:fs/promises';
import type { Services } from '../../context.ts';
import { answer, answerText, type NodeRequest, type NodeResponse } from '../http-types.ts';
import { sendFile } from '../send-file.ts';
import { packAgent, type AgentBundle } from './bundle.ts';
import { openNodeBinary, readNodeBinary, type NodeBinary } from './node-binary.ts';

type Handler = (request: NodeRequest, response: NodeResponse) => Promise<void>;

/** The agent for other machines: the script that installs it, the agent itself, and the Node that it runs on. */
export function installHandlers({ publicUrl, installation }: Services): ReadonlyMap<string, Handler> {
  const agent = once(packAgent);
  const node = once(readNodeBinary);
  // What is downloaded is checked against the script, which must therefore be of this moment.
  const headers = { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' };
  return new Map<string, Handler>([
    [
      '/install',
      async (_request, response) => {
        const facts = { server: publicUrl, fingerprint: installation.fingerprint };
        const script = await fillIn({ ...facts, agent: await agent(), node: await node() });
        answer(response, 200, { ...headers, 'content-type': 'text/plain; charset=utf-8' }, script);
      },
    ],
    [
      '/install/agent.tgz',
      async (_request, response) =>
        answer(response, 200, { ...headers, 'content-type': 'application/gzip' }, (await agent()).bytes),
    ],
    [
      '/install/node',
      async (request, response) => {
        const binary = await node();
        if (!binary)
          return answerText(response, 404, 'This control plane was installed without a Node to give.', headers);
        await sendFile(await openNodeBinary(binary), headers, request, response);
      },
    ],
  ]);
}

/** Made when it is first asked for, and then kept; what failed is tried again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

interface Facts {
  readonly server: string;
  readonly fingerprint: string;
  readonly agent: AgentBundle;
  readonly node: NodeBinary | undefined;
}

async function fillIn({ server, fingerprint, agent, node }: Facts): Promise<string> {
  const values: Readonly<Record<string, string>> = {
    server,
    fingerprint,
    agent_sha256: agent.sha256,
    node_sha256: node?.sha256 ?? '',
    node_arch: node?.arch ?? '',
  };
  const script = await readFile(new URL('install.sh', import.meta.url), 'utf8');
  return script.replaceAll(/@(\w+)@/g, (_, name: string) => quoted(values[name] ?? ''));
}

/** One word of the shell, whatever stands in it. */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;
