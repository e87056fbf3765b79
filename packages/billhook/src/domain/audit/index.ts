export { type AppendAuditEntryInput, appendAuditEntry } from './append-audit-entry.ts'
export type { AuditEntry } from './audit-entry.ts'
export { listAuditEntries } from './list-audit-entries.ts'
