// `billhook/client`: for services that talk to Billhook over HTTP. It needs Node and nothing else.
export type { SnapshotKey } from '../domain/entitlements/snapshot-signature.ts'
export { type BillhookClient, createClient } from './create-client.ts'
export type { ClientOptions, SnapshotStore, UnreachablePolicy, UsageOptions } from './options.ts'
export type { EntitlementsState, OrganizationEntitlements } from './organization-entitlements.ts'
export type { NewUsage, RejectedUsage, UsageEntry } from './usage-entry.ts'
