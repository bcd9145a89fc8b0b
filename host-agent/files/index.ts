export { changeOf, type Change, type ChangeKind } from './change.ts';
export type { FileEntry } from './entry.ts';
export { FileError, type FileFailure } from './failures.ts';
export { type FilePart, type Permissions, type Place, SandboxFiles, type Upload } from './files.ts';
export type { UploadPart } from './upload.ts';
