import { FileUp } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../parts/Button.tsx';
import { useReport } from '../problems/useReport.ts';

/** Reads a file that is chosen. */
export function CsvFile({ onText }: { onText: (text: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const report = useReport();
  return (
    <div>
      <Button icon={FileUp} onClick={() => input.current?.click()}>
        Choose a file
      </Button>
      <input
        ref={input}
        type="file"
        accept=".csv,text/csv,text/plain"
        aria-label="CSV file"
        className="sr-only"
        tabIndex={-1}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          // The same file can be chosen again, after it was corrected.
          void file?.text().then(onText, report);
          target.value = '';
        }}
      />
    </div>
  );
}
