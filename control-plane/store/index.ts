export { directoryStore, TooLarge } from './directory-store.ts';
export { DigestMismatch, type LayerStore } from './layer-store.ts';
