export { unpackArchive } from './archive.ts';
export { BadLayer, checkProgram } from './check.ts';
export { LayerShelf, NoSuchLayer, readTree, WrongOffset } from './shelf.ts';
