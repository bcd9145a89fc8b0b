export { openLayers, type Layers } from './open.ts';
export { recordLayers } from './store.ts';
