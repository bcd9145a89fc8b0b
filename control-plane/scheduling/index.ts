export { lockPlacement, type Demand } from './store.ts';
export { placeSandbox } from './place.ts';
