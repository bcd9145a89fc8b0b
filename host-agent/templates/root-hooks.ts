/** What mmdebstrap does to a root in the end: nothing of the machine that built it stays. */
export const rootHooks: readonly string[] = [
  '--customize-hook=rm -f "$1/etc/resolv.conf" "$1/etc/hostname"',
  // Without a network, and with it, programs reach themselves as `localhost`.
  '--customize-hook=printf "127.0.0.1 localhost\\n::1 localhost ip6-localhost\\n" > "$1/etc/hosts"',
];
