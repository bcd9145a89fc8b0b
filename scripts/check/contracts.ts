import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runTool, runTools, type Finished } from '../command.ts';

/** Nothing that stands in the baseline may be renamed or removed. Image against image: no git history is needed. */
export function checkBreaking(): Promise<Finished> {
  return inTemporaryFolder((folder) => {
    const image = join(folder, 'now.binpb');
    return runTools(
      ['buf', 'build', '--output', image],
      ['buf', 'breaking', image, '--against', join('proto', 'baseline.binpb')],
    );
  });
}

/** The committed generated code is what the contracts generate. */
export function checkGenerated(): Promise<Finished> {
  return inTemporaryFolder(async (folder) => {
    const generated = await runTool('buf', 'generate', '--output', folder);
    if (!generated.ok) return generated;
    const [wanted, committed] = [filesBelow(join(folder, 'proto', 'gen')), filesBelow(join(root, 'proto', 'gen'))];
    const names = [...new Set([...wanted.keys(), ...committed.keys()])];
    const outdated = names.filter((name) => wanted.get(name) !== committed.get(name));
    return {
      ok: outdated.length === 0,
      output: outdated.map((name) => `proto/gen/${name} is outdated. Run npm run generate.`).join('\n'),
    };
  });
}

function filesBelow(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

async function inTemporaryFolder(act: (folder: string) => Promise<Finished>): Promise<Finished> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-check-'));
  try {
    return await act(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
