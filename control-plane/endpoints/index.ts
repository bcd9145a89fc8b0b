export { openEndpoints } from './open.ts';
