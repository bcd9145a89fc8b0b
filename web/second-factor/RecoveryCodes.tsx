import { Download } from 'lucide-react';
import { Button } from '../parts/Button.tsx';
import { CopyButton } from '../parts/Copy.tsx';

/** Recovery codes, shown this once: to copy, or to keep as a file. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }) {
  const text = codes.join('\n');
  return (
    <div className="flex flex-col gap-2 rounded-panel bg-attention-soft p-3.5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-table font-medium">Recovery codes</p>
        <span className="flex gap-2">
          <Button small icon={Download} onClick={() => save(text)}>
            Download
          </Button>
          <CopyButton text={text} label="Copy" />
        </span>
      </div>
      <ul
        aria-label="Recovery codes"
        className="grid grid-cols-1 gap-x-4 gap-y-1 rounded-control bg-panel px-3 py-2.5 font-mono text-code ring-1 ring-line ring-inset select-all min-[26rem]:grid-cols-2"
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <p className="text-small text-ink-muted">
        Each signs in once when no passkey is at hand. They are shown this once; store them away from the device that
        holds your passkey. If they are lost, make new ones on your account page.
      </p>
    </div>
  );
}

/** Hands a text to the browser as a file. */
function save(text: string): void {
  const url = URL.createObjectURL(new Blob([`${text}\n`], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'muster-recovery-codes.txt';
  link.click();
  URL.revokeObjectURL(url);
}
