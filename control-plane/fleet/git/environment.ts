/** How git may reach a repository: over HTTPS, over SSH, or as a path on this machine. Undefined: not at all. */
export type Transport = 'https' | 'ssh' | 'file';

/** What git needs from the process's own environment to run and to find the network. It is handed on, not read. */
const handedOn = [
  'PATH',
  'SSH_AUTH_SOCK',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
];

/** Git's environment: nothing of the machine's or of a user's configuration, no questions, and one transport at most. */
export function gitEnvironment(transport: Transport | undefined): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(
      handedOn.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    ),
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: transport ?? 'none',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=10',
    GIT_SSH_VARIANT: 'ssh',
  };
}

/** Settings of every call. Command-line settings outrank what stands in a repository. */
export const gitSettings: readonly string[] = Object.entries({
  'protocol.ext.allow': 'never',
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.askPass': '',
  'core.warnAmbiguousRefs': 'false',
  'credential.helper': '',
  'fetch.recurseSubmodules': 'false',
  // Counting commits is five to ten times as fast with it.
  'fetch.writeCommitGraph': 'true',
  // Commits that were rewritten away stay known, so that hosts that still run them are told apart from strangers.
  'gc.pruneExpire': 'never',
  // No process of ours outlives the call that started it.
  'gc.autoDetach': 'false',
  'maintenance.autoDetach': 'false',
  'http.lowSpeedLimit': '1000',
  'http.lowSpeedTime': '30',
  'transfer.bundleURI': 'false',
}).flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** A repository below a root may belong to another user: git serves it nevertheless, since the path was checked by us. */
export const uploadPack = "git -c safe.directory='*' -c protocol.ext.allow=never upload-pack";
