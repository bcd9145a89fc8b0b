import type { AuditSubject } from '#proto/muster/v1/audit_pb.js';

const ourselves: Readonly<Record<string, string>> = { system: 'The control plane', anonymous: 'Somebody unknown' };

/** What somebody or something is called; its id where it has no name. */
export const subjectName = ({ id, name }: AuditSubject): string => name || ourselves[id] || id;
