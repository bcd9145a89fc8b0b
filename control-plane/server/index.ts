export type { Bridge, BridgeRequest } from './bridge.ts';
export { newMetrics } from './metrics.ts';
export { openPort, type Port } from './port.ts';
export { startServer, type Server, type ServerOptions } from './server.ts';
export type { EndpointServer } from './endpoint-server.ts';
export type { UpgradeHandler } from './upgrade.ts';
export { openTls, type Tls } from './tls/index.ts';
