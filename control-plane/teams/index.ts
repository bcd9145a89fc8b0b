export { createTeam } from './create.ts';
