import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, ClipboardPaste } from 'lucide-react';
import type { ReactNode } from 'react';
import { buttonClasses } from '../parts/Button.tsx';
import { classes } from '../parts/classes.ts';
import type { OpenScreen } from './open-screen.ts';

/** Keys that a phone's keyboard does not have. */
export function KeyBar({ screen, onPaste }: { screen: OpenScreen | undefined; onPaste: () => void }) {
  const type = (text: string) => screen?.type(text);
  return (
    <div
      role="group"
      aria-label="Keys"
      className="flex gap-1.5 overflow-x-auto border-t border-line bg-sunken p-2 md:pointer-fine:hidden"
    >
      <Key onPress={() => type('\u001b')}>Esc</Key>
      <Key onPress={() => type('\t')}>Tab</Key>
      <Key label="^C, Control C" onPress={() => type('\u0003')}>
        ^C
      </Key>
      <Key label="^D, Control D" onPress={() => type('\u0004')}>
        ^D
      </Key>
      <Key label="Up" onPress={() => screen?.arrow('A')}>
        <ArrowUp aria-hidden className="size-4" />
      </Key>
      <Key label="Down" onPress={() => screen?.arrow('B')}>
        <ArrowDown aria-hidden className="size-4" />
      </Key>
      <Key label="Left" onPress={() => screen?.arrow('D')}>
        <ArrowLeft aria-hidden className="size-4" />
      </Key>
      <Key label="Right" onPress={() => screen?.arrow('C')}>
        <ArrowRight aria-hidden className="size-4" />
      </Key>
      <Key label="Paste" onPress={onPaste}>
        <ClipboardPaste aria-hidden className="size-4" />
      </Key>
    </div>
  );
}

/** Pressing it must not take the keyboard away: the screen would jump. */
function Key({ label, onPress, children }: { label?: string; onPress: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      aria-label={label}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onPress}
      className={classes(buttonClasses('secondary', true), 'min-w-10 font-mono')}
    >
      {children}
    </button>
  );
}
