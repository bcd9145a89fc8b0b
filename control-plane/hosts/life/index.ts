export { hostLifeLoop } from './loop.ts';
export { listHostEvents, recordJoined } from './store.ts';
export { hostEventToProto } from './view.ts';
