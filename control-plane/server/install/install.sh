#!/bin/sh
# Installs the Muster host agent on this machine and joins it to the installation that serves this script:
#
#   curl -fsS https://muster.example.com/install | sudo sh
#
# It asks for the one-time token; MUSTER_JOIN_TOKEN_FILE (a file) or MUSTER_JOIN_TOKEN answers in your place. Run it again
# to bring an installed agent to the version of its control plane: that needs no token and touches no sandbox.
#
#   --rejoin                    uses a new token although this machine has joined before
#   MUSTER_INSTALL_PREFIX=/x    puts everything below /x and starts nothing
#   MUSTER_INSTALL_PACKAGES=no  installs no packages of the system
set -eu
umask 022

server=@server@
fingerprint=@fingerprint@
agent_sha256=@agent_sha256@
node_sha256=@node_sha256@
node_arch=@node_arch@

prefix=${MUSTER_INSTALL_PREFIX:-}
home=$prefix/opt/muster-agent
data=$prefix/var/lib/muster-agent
units=$prefix/etc/systemd/system
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# The last line calls this: a script that was cut short on its way does nothing.
main() {
  rejoin=
  for argument in "$@"; do
    case $argument in
      --rejoin) rejoin=--rejoin ;;
      *) fail "$argument is no option of this script; there is --rejoin." ;;
    esac
  done
  case $prefix in '' | /*) ;; *) fail 'MUSTER_INSTALL_PREFIX must be an absolute path.' ;; esac
  check_machine
  install_packages
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  install_agent
  join
  start
}

check_machine() {
  [ "$(uname -s)" = Linux ] || fail 'Sandboxes run on Linux: this machine is another.'
  [ "$(id -u)" -eq 0 ] || fail "Run this as root: curl -fsS $server/install | sudo sh"
  family=$(. /etc/os-release && printf '%s' " ${ID:-} ${ID_LIKE:-} ")
  case $family in
    *\ debian\ * | *\ ubuntu\ *) ;;
    *) fail 'This script knows Debian and Ubuntu; elsewhere run the agent from a clone (docs/operations.md).' ;;
  esac
  for program in curl tar sha256sum readlink; do
    command -v "$program" > /dev/null || fail "$program is missing: install it and run this again."
  done
}

# PROGRAM PACKAGE…: the packages are wanted where the program is not there.
need() {
  program=$1
  shift
  command -v "$program" > /dev/null || missing="$missing $*"
}

install_packages() {
  missing=
  command -v runc > /dev/null || need crun crun
  need gcc gcc libc6-dev
  [ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
  need mmdebstrap mmdebstrap
  need skopeo skopeo
  need umoci umoci
  need mkfs.ext4 e2fsprogs
  need nft nftables
  need ip iproute2
  need git git
  [ -n "$missing" ] || return 0
  if [ "${MUSTER_INSTALL_PACKAGES:-}" = no ]; then
    say "Missing for sandboxes:$missing"
    return 0
  fi
  say "Installing$missing …"
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # these are several words
  { apt-get install -y -qq --no-install-recommends $missing ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing; }; } > /dev/null ||
    fail "apt-get could not install$missing: its words are above. Run this again, or with MUSTER_INSTALL_PACKAGES=no."
}

# PATH SHA256 FILE: downloads, and looks whether it is what this script names.
download() {
  curl -fsS --retry 2 -o "$3" "$server$1" || fail "$server$1 could not be downloaded: curl's words are above."
  printf '%s  %s\n' "$2" "$3" | sha256sum --check --status ||
    fail "$server$1 is not what this script names; perhaps the control plane is being upgraded. Run the command again."
}

install_agent() {
  mkdir -p "$home/versions"
  version=$home/versions/$(printf %.12s "$agent_sha256")
  if [ ! -d "$version" ]; then
    say 'Installing the agent …'
    download /install/agent.tgz "$agent_sha256" "$work/agent.tgz"
    rm -rf "$version.new"
    mkdir "$version.new"
    tar -xzf "$work/agent.tgz" -C "$version.new" --no-same-owner
    mv "$version.new" "$version"
  fi
  node=$(provide_node)
  ln -sfn "$node" "$version/node"
  # Named as below, also where what is above it is a link.
  before=$home/versions/$(basename "$(readlink "$home/current" 2> /dev/null || true)")
  ln -sfn "versions/$(basename "$version")" "$home/current.new"
  mv -T "$home/current.new" "$home/current"
  mkdir -p "$prefix/usr/local/bin"
  ln -sfn "$home/current/bin/muster-agent" "$prefix/usr/local/bin/muster-agent"
  # The one before stays: the agent that runs may still need its files.
  for old in "$home"/versions/*; do
    case $old in "$version" | "$before") ;; *) rm -rf "$old" ;; esac
  done
  before_node=$(readlink "$before/node" 2> /dev/null || true)
  for old in "$home"/node-*; do
    case $old in "$node" | "$before_node") ;; *) rm -f "$old" ;; esac
  done
}

# Prints the Node that the agent is to run on: the control plane's own where it fits, else the machine's.
provide_node() {
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) arch=$(uname -m) ;;
  esac
  if [ -n "$node_sha256" ] && [ "$arch" = "$node_arch" ]; then
    own=$home/node-$(printf %.12s "$node_sha256")
    if [ ! -x "$own" ]; then
      download /install/node "$node_sha256" "$work/node"
      chmod 755 "$work/node"
      # In two steps: from another file system it comes bit by bit, and half of it must not stand there.
      mv "$work/node" "$own.new"
      mv "$own.new" "$own"
    fi
    printf '%s' "$own"
    return
  fi
  major=$(node -p 'process.versions.node.split(".")[0]' 2> /dev/null || printf 0)
  [ "$major" -ge 24 ] ||
    fail "The control plane has no Node for this machine ($arch): install Node 24 or newer and run this again."
  command -v node
}

join() {
  if [ -e "$data/credentials.json" ] && [ -z "$rejoin" ]; then
    say 'This machine has joined before.'
    return
  fi
  token=$(read_token)
  # An agent that runs has its data to itself; its sandboxes go on without it.
  ran=
  if [ -z "$prefix" ] && [ -d /run/systemd/system ]; then
    case $(systemctl is-active muster-agent 2> /dev/null || true) in
      active | activating | reloading) ran=yes ;;
    esac
    systemctl stop muster-agent 2> /dev/null || true
  fi
  # Through a pipe: the arguments of a program can be read by everybody on the machine.
  if ! printf '%s\n' "$token" |
    (cd / && "$home/current/bin/muster-agent" join --server "$server" --fingerprint "$fingerprint" --token-file - \
      --data-dir "$data" --no-run $rejoin); then
    [ -z "$ran" ] || systemctl start muster-agent || true
    exit 1
  fi
}

read_token() {
  if [ -n "${MUSTER_JOIN_TOKEN_FILE:-}" ]; then
    cat "$MUSTER_JOIN_TOKEN_FILE"
  elif [ -n "${MUSTER_JOIN_TOKEN:-}" ]; then
    printf '%s' "$MUSTER_JOIN_TOKEN"
  elif (: < /dev/tty) 2> /dev/null; then
    printf 'Join token (mst_join_…): ' > /dev/tty
    stty -echo < /dev/tty
    trap 'stty echo < /dev/tty' INT TERM
    IFS= read -r answer < /dev/tty || answer=
    stty echo < /dev/tty
    trap - INT TERM
    printf '\n' > /dev/tty
    printf '%s' "$answer"
  else
    fail 'Give the join token in MUSTER_JOIN_TOKEN or in a file that MUSTER_JOIN_TOKEN_FILE names.'
  fi
}

start() {
  if [ -n "$prefix" ] || [ -d /run/systemd/system ]; then
    mkdir -p "$units"
    cp "$home/current/docs/examples/machines/muster-agent.service" "$units/muster-agent.service"
  fi
  if [ -z "$prefix" ] && [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable --quiet muster-agent
    systemctl restart muster-agent
    say 'The agent runs: systemctl status muster-agent, journalctl -u muster-agent.'
  else
    say "The agent is installed. Run it with: $home/current/bin/muster-agent run --data-dir $data"
  fi
  say "What is deployed on this machine stands in $data/agent.json (docs/fleet.md). To leave: systemctl stop muster-agent && muster-agent leave"
}

main "$@"
