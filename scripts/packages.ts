// npm run packages: installs what the tests need from the machine (Debian or Ubuntu), or says what is missing.
import { needsOfTests } from '../local/system-packages/of-tests.ts';
import { provideTestPackages } from './test/packages.ts';
import { becomeRoot } from './test/root.ts';

becomeRoot();
await provideTestPackages(needsOfTests());
