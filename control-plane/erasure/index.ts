export { eraseAccountWith, eraseUserWith } from './erase-user.ts';
