import { Toast } from '@base-ui/react/toast';
import { useCallback } from 'react';
import { toProblem } from './problem.ts';

/** Shows a failed call as a toast: for calls that no form and no page shows by itself. */
export function useReport(): (error: unknown) => void {
  const { add } = Toast.useToastManager();
  return useCallback(
    (error) => {
      const problem = toProblem(error);
      const quote = problem.requestId && `Request ${problem.requestId}`;
      add({
        title: problem.message,
        description: [problem.help, quote].filter(Boolean).join(' '),
        type: 'problem',
        priority: 'high',
        timeout: 12_000,
      });
    },
    [add],
  );
}

/** Says that something was done, with a way back where there is one. */
export function useTell(): (title: string, undo?: () => void) => void {
  const { add, close } = Toast.useToastManager();
  return useCallback(
    (title, undo) => {
      const id = add({
        title,
        type: 'done',
        ...(undo && {
          timeout: 9000,
          actionProps: {
            children: 'Undo',
            onClick: () => {
              close(id);
              undo();
            },
          },
        }),
      });
    },
    [add, close],
  );
}
