export { callOut, type OutgoingAnswer, type OutgoingRequest } from './call.ts';
export { OutgoingFailure, type OutgoingFailureKind } from './failure.ts';
