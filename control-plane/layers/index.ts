export { openLayers, type Layers } from './open.ts';
export { isStored, recordLayers } from './store.ts';
