import { inOrganization } from '../../db/index.ts'
import type { InvoiceData } from '../../providers/provider.ts'
import { hasCharges, type Observation } from '../sync/index.ts'
import { type AccountRun, unmappedCustomer } from './account-run.ts'
import { adoptBill, adoptInvoice, subscriptionMissing } from './adopt.ts'
import { orLeftOut } from './left-out.ts'
import type { Taken } from './report.ts'
import { ownerOf } from './take-customer.ts'

/** Brings one invoice in, with its lines and payments. One that is known here is left alone. */
export async function takeInvoice(
  run: AccountRun,
  snapshot: InvoiceData,
  knownOwner: string | undefined,
  observation: Observation,
): Promise<Taken> {
  if (knownOwner) return { did: 'leave' }
  const owner = await ownerOf(run, snapshot.externalCustomerId, snapshot.reference.organizationId)
  if ('left_out' in owner) return unmappedCustomer(snapshot.externalCustomerId)
  const taken = await orLeftOut<Taken>(async () => {
    const { origin } = run
    if (run.isDry || !('id' in owner)) return foresee(run, snapshot)
    if (hasCharges(run.provider)) return adoptBill(run, run.provider, owner.id, snapshot)
    return inOrganization(run.ctx.db, owner.id, (scope) =>
      adoptInvoice(run.ctx, scope, { origin, snapshot, observation }),
    )
  })
  if ('did' in taken && taken.did === 'create') run.tally.sum(snapshot)
  return taken
}

async function foresee(run: AccountRun, { externalSubscriptionId: id }: InvoiceData): Promise<Taken> {
  if (id && !run.adoptedSubscriptions.has(id) && !(await run.knownOwners('subscription', [id])).has(id))
    throw subscriptionMissing(id)
  return { did: 'create' }
}
