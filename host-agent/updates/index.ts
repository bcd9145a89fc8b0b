export { UpdateRefusal, Updates } from './updates.ts';
