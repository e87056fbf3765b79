import { billingNow, type Context } from '../../context.ts'
import { asPlatform, inOrganization } from '../../db/index.ts'
import type { AccountAbility, BasePaymentProvider } from '../../providers/provider.ts'
import { listMappedPrices, type MappedExternalPrice } from '../catalog/index.ts'
import { type Observation, originOf, type SnapshotOrigin } from '../sync/index.ts'
import { type LeftOut, leftOut } from './left-out.ts'
import { type ImportProblem, Tally } from './report.ts'
import { type RefKind, selectLiveLines, selectOwners } from './store.ts'

export interface AccountImportWish {
  /** The metadata key under which the host keeps its organization's external id at the provider's customers. */
  organizationKey?: string | undefined
  /** Which customer is which organization, by our id or the host's. */
  customerMap?: ReadonlyMap<string, string> | undefined
  /** Makes organizations that are named and not there. */
  createOrganizations?: boolean | undefined
  /** What a new organization gets where its customer does not say. */
  defaults?: { country?: string | undefined; currency?: string | undefined; timezone?: string | undefined } | undefined
  dryRun?: boolean | undefined
}

/** An organization, or in a dry run one that would be made. */
export type Owner = { id: string } | { planned: string }

/**
 * What one run knows besides the database: what it has decided so far. In a dry run that is all there is of it, so that a subscription
 * finds the customer that would have been there.
 */
export class AccountRun {
  readonly ctx: Context
  readonly provider: BasePaymentProvider
  readonly account: AccountAbility
  readonly wish: AccountImportWish
  readonly origin: SnapshotOrigin
  tally = new Tally()
  readonly prices = new Map<string, MappedExternalPrice>()
  /** Prices that were looked at and are none of ours. */
  readonly refusedPrices = new Set<string>()
  readonly plannedPlans = new Set<string>()
  readonly plannedOrganizations = new Set<string>()
  readonly seenCustomers = new Set<string>()
  readonly owners = new Map<string, Owner | LeftOut>()
  readonly adoptedSubscriptions = new Set<string>()
  /** Those whose charges were read, which all of their bills are written from. */
  readonly chargesRead = new Set<string>()
  readonly #liveLines = new Map<string, Map<string, string>>()

  constructor(ctx: Context, provider: BasePaymentProvider, account: AccountAbility, wish: AccountImportWish) {
    this.ctx = ctx
    this.provider = provider
    this.account = account
    this.wish = wish
    this.origin = originOf(provider)
  }

  get isDry(): boolean {
    return this.wish.dryRun === true
  }

  async loadPrices(): Promise<void> {
    for (const price of await listMappedPrices(this.ctx, this.origin.provider))
      this.prices.set(price.externalPriceId, price)
  }

  /** What an earlier run left out is not asked for again. */
  remember(problems: readonly ImportProblem[]): void {
    for (const { kind, id, code, reason } of problems) {
      if (kind === 'prices') this.refusedPrices.add(id)
      if (kind === 'customers' && code !== secondCustomer) this.owners.set(id, leftOut(code, reason))
    }
  }

  /** What a page that is read from now on observes; an object that is unknown here has ticket 0. */
  async observe(): Promise<Observation> {
    return { by: 'read', at: await billingNow(this.ctx, this.origin.provider), ticket: 0, source: 'import' }
  }

  knownOwners(kind: RefKind, externalIds: string[]): Promise<Map<string, string>> {
    const { provider } = this.origin
    return asPlatform(this.ctx.db, (scope) => selectOwners(scope, { provider, kind, externalIds }))
  }

  /** The live subscriptions of an owner as this run sees them, by product line. */
  async liveLines(owner: Owner): Promise<Map<string, string>> {
    const key = 'id' in owner ? owner.id : `planned:${owner.planned}`
    const known = this.#liveLines.get(key)
    if (known) return known
    const lines = 'id' in owner ? await inOrganization(this.ctx.db, owner.id, selectLiveLines) : new Map()
    this.#liveLines.set(key, lines)
    return lines
  }
}

/** Not left out, only to be known. */
export const secondCustomer = 'second_customer'

export const unmappedCustomer = (externalCustomerId: string): LeftOut =>
  leftOut('unmapped_customer', `Its customer ${externalCustomerId} is mapped to no organization.`)
