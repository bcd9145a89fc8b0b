import { UploadCloud } from 'lucide-react';
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { droppedFiles, type Dropped } from './dropped.ts';

interface DropAreaProps {
  readonly into: string;
  readonly refused: string | undefined;
  readonly onFiles: (files: readonly Dropped[]) => void;
  readonly children: ReactNode;
}

/** Takes files and directories that are dragged onto it. */
export function DropArea({ into, refused, onFiles, children }: DropAreaProps) {
  // Entering a child comes before leaving its parent, so they are counted.
  const inside = useRef(0);
  const [over, setOver] = useState(false);
  const count = (by: number) => {
    inside.current = Math.max(0, inside.current + by);
    setOver(inside.current > 0);
  };
  const carriesFiles = (event: DragEvent) => refused === undefined && event.dataTransfer.types.includes('Files');
  return (
    <div
      className="relative flex min-w-0 flex-col gap-3"
      onDragEnter={(event) => carriesFiles(event) && count(1)}
      onDragLeave={(event) => carriesFiles(event) && count(-1)}
      onDragOver={(event) => carriesFiles(event) && event.preventDefault()}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        count(-inside.current);
        void droppedFiles(event.dataTransfer).then(onFiles);
      }}
    >
      {children}
      {over && (
        <div className="pointer-events-none absolute inset-0 z-10 flex min-h-40 flex-col items-center justify-center gap-2 rounded-panel border-2 border-dashed border-accent bg-accent-soft/90 text-table font-medium">
          <UploadCloud aria-hidden className="size-6 text-link" />
          Drop to upload into {into}
        </div>
      )}
    </div>
  );
}
