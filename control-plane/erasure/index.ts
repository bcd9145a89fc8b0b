export { eraseUserWith } from './erase-user.ts';
