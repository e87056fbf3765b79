import type { Context } from '../../context.ts'
import type { OrganizationScope } from '../../db/index.ts'
import { BillhookError } from '../../primitives/index.ts'
import type { ChargeData } from '../../providers/provider.ts'
import type { SnapshotOrigin, SyncOutcome } from './outcome.ts'
import type { Observation } from './version.ts'

export interface ApplyChargeInput {
  origin: SnapshotOrigin
  snapshot: ChargeData
  observation: Observation
}

/** The contract has charges; the writer does not take them yet. */
export async function applyCharge(
  _ctx: Context,
  _scope: OrganizationScope,
  { origin }: ApplyChargeInput,
): Promise<SyncOutcome> {
  throw new BillhookError('unsupported', `Charges of ${origin.provider} are not kept yet.`, { status: 422 })
}
