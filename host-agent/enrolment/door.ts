import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createClient, type Client } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { EnrolmentService } from '#proto/muster/agent/v1/enrolment_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { StartupError } from '../startup-error.ts';

/** The control plane's door for hosts. */
export interface Door {
  readonly server: string;
  readonly enrolment: Client<typeof EnrolmentService>;
  /** The id of the installation behind the door: told by anybody, proved by the enrolment's signature. */
  installationId(signal: AbortSignal): Promise<string>;
  close(): void;
}

/** Opens the door. Throws a StartupError when the address is none, or is not encrypted and leaves the machine. */
export function openDoor(server: string): Door {
  const { protocol } = requireSecure(server);
  if (protocol === 'https:') trustMachine();
  const agent = protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const transport = createConnectTransport({
    baseUrl: server,
    httpVersion: '1.1',
    defaultTimeoutMs: 15_000,
    nodeOptions: { agent },
  });
  const setup = createClient(SetupService, transport);
  return {
    server,
    enrolment: createClient(EnrolmentService, transport),
    installationId: async (signal) => (await setup.getSetup({}, { signal })).installationId,
    close: () => agent.destroy(),
  };
}

/** Only https leaves the machine: everything that a host presents would be readable on the way. */
export function requireSecure(server: string): URL {
  const url = URL.parse(server);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new StartupError(
      `${server} is not the address of a control plane: it must begin with https:// (or http:// on this machine).`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new StartupError(`${server} is not encrypted: off this machine only https:// is accepted.`);
  }
  return url;
}

/** Many companies sign their servers themselves; the machine's own store knows their authority. 140 ms, so only for TLS. */
function trustMachine(): void {
  setDefaultCACertificates([...new Set([...getCACertificates('default'), ...getCACertificates('system')])]);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
