export { type Claim, type ClaimInput, claimIdempotencyKey } from './claim-idempotency-key.ts'
export { deleteExpiredIdempotencyKeys, dropClaim, storeAnswer } from './settle-claim.ts'
