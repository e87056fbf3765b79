export { type CreateGrantInput, createGrant } from './create-grant.ts'
export type { Grant } from './grant.ts'
export { listGrants } from './list-grants.ts'
export { type RevokeGrantInput, revokeGrant } from './revoke-grant.ts'
