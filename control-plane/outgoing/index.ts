export { callOut, type OutgoingAnswer, type OutgoingRequest } from './call.ts';
export { checkOutgoing } from './judge.ts';
export { OutgoingFailure, type OutgoingFailureKind } from './failure.ts';
export { keepConnections, streamOut, type OutgoingConnections } from './stream.ts';
