export { LargerThan, unpackArchive } from './archive.ts';
export type { Bench } from './bench.ts';
export { BadLayer, checkProgram } from './check.ts';
export { LayerShelf, NoSuchLayer, readTree, WrongOffset } from './shelf.ts';
