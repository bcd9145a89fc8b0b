import type { Services } from '../context.ts';
import type { Loop } from '../loops/index.ts';
import { keepConnections } from '../outgoing/index.ts';
import type { Bridge } from '../server/index.ts';
import { gatewayBridge } from './bridge.ts';
import { gatewaySweepLoop } from './sweep.ts';

export { readBudget } from './budget-store.ts';
export { gatewayHands } from './provider.ts';
export { gatewayRoutes } from './rpc.ts';
export { budgetToProto, useToProto } from './to-proto.ts';
export { issueToken, renewToken, stopToken } from './tokens.ts';
export { listUses } from './usage-store.ts';

/** What the model gateway brings to a replica beside its calls. */
export interface Gateway {
  readonly bridge: Bridge;
  readonly loops: readonly Loop[];
  close(): void;
}

export function openGateway(services: Services): Gateway {
  const connections = keepConnections();
  return {
    bridge: gatewayBridge(services, connections),
    loops: [gatewaySweepLoop],
    close: () => connections.close(),
  };
}
