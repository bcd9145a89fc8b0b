import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A real git repository in a directory. */
export interface TestRepository {
  readonly path: string;
  /** Commits a change and answers the new commit's id. */
  commit(subject: string): string;
  git(...args: string[]): string;
}

/** Makes a repository with a first commit on main. */
export function makeRepository(directory: string, name: string): TestRepository {
  const path = join(directory, name);
  mkdirSync(path, { recursive: true });
  return prepare(path, ['init', '--quiet', '--initial-branch=main']);
}

/** Clones a repository into another directory. */
export function cloneRepository(from: TestRepository, path: string): TestRepository {
  execFileSync('git', ['clone', '--quiet', from.path, path]);
  return repositoryAt(path);
}

function prepare(path: string, init: string[]): TestRepository {
  const repository = repositoryAt(path);
  repository.git(...init);
  repository.commit('Begin');
  return repository;
}

function repositoryAt(path: string): TestRepository {
  let count = 0;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', path, '-c', 'user.name=Test', '-c', 'user.email=test@example.com', ...args], {
      encoding: 'utf8',
    }).trim();
  return {
    path,
    git,
    commit(subject) {
      count += 1;
      writeFileSync(join(path, 'file'), `${subject} ${count}\n`);
      git('add', '.');
      git('commit', '--quiet', '-m', subject);
      return git('rev-parse', 'HEAD');
    },
  };
}
