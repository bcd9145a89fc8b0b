import { Link } from '@tanstack/react-router';
import { ChevronRight, HardDrive } from 'lucide-react';
import { Fragment } from 'react';
import { paths } from '../paths.ts';
import { crumbs, type FilePath } from './path.ts';
import { searchOf, type FilesSearch } from './search.ts';

/** Where one is, each name leading there. */
export function Crumbs({ sandboxId, path, search }: { sandboxId: string; path: FilePath; search: FilesSearch }) {
  const all = crumbs(path);
  return (
    <nav aria-label="Path" className="min-w-0 flex-1 basis-60">
      <ol className="flex flex-wrap items-center gap-y-1 font-mono text-code">
        {all.map((crumb, index) => (
          <Fragment key={index}>
            {index > 0 && (
              <li aria-hidden>
                <ChevronRight className="size-3.5 text-ink-faint" />
              </li>
            )}
            <li className="min-w-0">
              {index === all.length - 1 ? (
                <span aria-current="page" className="inline-flex h-7 items-center px-1.5 font-medium wrap-anywhere">
                  {index === 0 ? <RootMark /> : crumb.name}
                </span>
              ) : (
                <Link
                  {...paths.sandboxFiles(sandboxId, searchOf(search, crumb.path))}
                  className="inline-flex h-7 items-center rounded-tag px-1.5 wrap-anywhere text-ink-muted hover:bg-hover hover:text-ink max-md:h-9"
                >
                  {index === 0 ? <RootMark /> : crumb.name}
                </Link>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  );
}

function RootMark() {
  return (
    <span className="inline-flex items-center gap-1.5">
      <HardDrive aria-hidden className="size-4" />/<span className="sr-only"> root directory</span>
    </span>
  );
}
