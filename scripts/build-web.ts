// npm run build:web: builds the console if its sources have changed, as npm start does.
import { buildConsole } from '../local/console/build.ts';
import { root } from '../local/root.ts';

console.log((await buildConsole(root)) === 'built' ? 'The console is built.' : 'The console is up to date.');
