export { recordAudit, type AuditEntry, type AuditOutcome } from './record.ts';
export { sealAuditEvents, sealerLoop } from './chain/sealer.ts';
export { checkpointLoop, keepCheckpoints } from './chain/checkpoint-loop.ts';
export { type Finding, type FindingKind } from './chain/findings.ts';
export { verifyAudit, type VerifyResult, type VerifySource, type VerifyStep } from './chain/verify.ts';
export { auditRoutes } from './rpc.ts';
export { reportAudit, type AuditReport } from './report.ts';
export { recentEvents } from './recent.ts';
export { eventToProto as auditEventToProto } from './view.ts';
