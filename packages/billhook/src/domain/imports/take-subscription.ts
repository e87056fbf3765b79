import { inOrganization } from '../../db/index.ts'
import type { SubscriptionData } from '../../providers/provider.ts'
import { choosePlanItem, isLive, type Observation } from '../sync/index.ts'
import { type AccountRun, type Owner, unmappedCustomer } from './account-run.ts'
import { adoptSubscription, secondLive, unmappedPrice } from './adopt.ts'
import { orLeftOut } from './left-out.ts'
import type { Taken } from './report.ts'
import { ownerOf } from './take-customer.ts'
import { takeUnlistedPrices } from './take-price.ts'

/** Brings one subscription in, live or ended. One that is known here is left alone: events and reconciliation see to it. */
export async function takeSubscription(
  run: AccountRun,
  snapshot: SubscriptionData,
  knownOwner: string | undefined,
  observation: Observation,
): Promise<Taken> {
  if (knownOwner) {
    run.adoptedSubscriptions.add(snapshot.externalSubscriptionId)
    return { did: 'leave' }
  }
  const owner = await ownerOf(run, snapshot.externalCustomerId, snapshot.reference.organizationId)
  if ('left_out' in owner) return unmappedCustomer(snapshot.externalCustomerId)
  await takeUnlistedPrices(
    run,
    snapshot.items.map((item) => item.externalPriceId),
  )
  const taken = await orLeftOut<Taken>(async () => {
    const { origin } = run
    if (run.isDry || !('id' in owner)) return foresee(run, snapshot, owner)
    return inOrganization(run.ctx.db, owner.id, (scope) =>
      adoptSubscription(run.ctx, scope, { origin, snapshot, observation }),
    )
  })
  // The invoices of one that is kept beside another come in, too.
  if ('did' in taken || taken.left_out.code === 'second_live_subscription')
    run.adoptedSubscriptions.add(snapshot.externalSubscriptionId)
  return taken
}

/** What adopting it would say, by what this run knows. */
async function foresee(run: AccountRun, snapshot: SubscriptionData, owner: Owner): Promise<Taken> {
  const externalPriceIds = snapshot.items.map((item) => item.externalPriceId)
  const mapped = externalPriceIds.flatMap((id) => run.prices.get(id) ?? [])
  const chosen = choosePlanItem(snapshot.items, mapped, null)
  if (!chosen) throw unmappedPrice(externalPriceIds)
  if (!isLive(snapshot.status)) return { did: 'create' }
  const lines = await run.liveLines(owner)
  const { productLine } = chosen.price
  const other = lines.get(productLine)
  if (other) return secondLive(productLine, other)
  lines.set(productLine, snapshot.externalSubscriptionId)
  return { did: 'create' }
}
