import { createClient, type Transport } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useEffect, useState, type Dispatch, type SetStateAction } from 'react';
import {
  AuditService,
  type AuditFinding,
  type VerifyAuditProgress,
  type VerifyAuditResult,
} from '#proto/muster/v1/audit_pb.js';
import { toProblem, type Problem } from '../problems/problem.ts';

/** How far a verification is, what it has found, and how it ended. */
export interface Verification {
  readonly progress: VerifyAuditProgress | undefined;
  readonly findings: readonly AuditFinding[];
  readonly result: VerifyAuditResult | undefined;
  readonly problem: Problem | undefined;
}

const begun: Verification = { progress: undefined, findings: [], result: undefined, problem: undefined };

/** Verifies the audit once, while the component is there. */
export function useVerification(): Verification {
  const transport = useTransport();
  const [state, setState] = useState(begun);
  useEffect(() => {
    const left = new AbortController();
    follow(transport, left.signal, setState).catch((error: unknown) => {
      if (!left.signal.aborted) setState((before) => ({ ...before, problem: toProblem(error) }));
    });
    return () => left.abort();
  }, [transport]);
  return state;
}

async function follow(transport: Transport, signal: AbortSignal, update: Dispatch<SetStateAction<Verification>>) {
  for await (const { event } of createClient(AuditService, transport).verifyAudit({}, { signal })) {
    if (event.case === 'progress') update((before) => ({ ...before, progress: event.value }));
    if (event.case === 'finding') update((before) => ({ ...before, findings: [...before.findings, event.value] }));
    if (event.case === 'result') update((before) => ({ ...before, result: event.value }));
  }
}
