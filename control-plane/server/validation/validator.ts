import { createValidator } from '@bufbuild/protovalidate';

/** Judges messages by the rules of the contract. One for the process: it compiles the rules of a message only once. */
export const validator = createValidator();
