import { inOrganization } from '../../db/index.ts'
import { isActiveCurrency, isCountry } from '../../primitives/index.ts'
import type { AccountCustomerData } from '../../providers/provider.ts'
import { adoptCustomer } from '../customers/index.ts'
import {
  type CreateOrganizationInput,
  checkExternalId,
  checkOrganizationFields,
  createOrganization,
  resolveOrganization,
} from '../organizations/index.ts'
import { type AccountRun, type Owner, secondCustomer } from './account-run.ts'
import { type LeftOut, leftOut, orLeftOut } from './left-out.ts'
import type { Taken } from './report.ts'

/** Finds a customer's organization by what names it, never by e-mail, and makes it the organization's. Null: it is tried again later. */
export async function takeCustomer(
  run: AccountRun,
  customer: AccountCustomerData,
  knownOwner: string | undefined,
  { isLastTry = true } = {},
): Promise<Taken | null> {
  const id = customer.externalCustomerId
  run.seenCustomers.add(id)
  if (knownOwner) {
    run.owners.set(id, { id: knownOwner })
    return { did: 'leave' }
  }
  const taken = await orLeftOut(async () => {
    const owner = await findOwner(run, customer)
    if ('left_out' in owner) return owner
    await adopt(run, customer, owner)
    return owner
  })
  // Another customer of the same organization may tell what this one does not.
  if (!isLastTry && 'left_out' in taken && taken.left_out.code === 'organization_incomplete') {
    run.tally.content.deferred.push(customer)
    return null
  }
  run.owners.set(id, taken)
  return 'left_out' in taken ? taken : { did: 'create' }
}

async function adopt(run: AccountRun, snapshot: AccountCustomerData, owner: Owner): Promise<void> {
  if (run.isDry || !('id' in owner)) return
  const { provider, providerKind } = run.origin
  const { at, source } = await run.observe()
  const did = await inOrganization(run.ctx.db, owner.id, (scope) =>
    adoptCustomer(run.ctx, scope, { provider, providerKind, snapshot, source, at }),
  )
  if (did !== 'beside') return
  run.tally.note({
    kind: 'customers',
    id: snapshot.externalCustomerId,
    code: secondCustomer,
    reason: 'Its organization has another customer there. Both came in; the one that pays a live subscription is used.',
  })
}

/** By the customer map, by our own reference and by the host's metadata key; where they differ, none of them is believed. */
async function findOwner(run: AccountRun, customer: AccountCustomerData): Promise<Owner | LeftOut> {
  const { organizationKey, customerMap } = run.wish
  const reference = customer.reference.organizationId
  const names = [
    customerMap?.get(customer.externalCustomerId),
    organizationKey ? customer.metadata[organizationKey]?.trim() : undefined,
  ].flatMap((name) => name || [])
  // Another installation's reference says nothing here.
  const known = reference ? await resolveOrganization(run.ctx, reference) : null
  const owners = new Map<string, Owner | null>(known ? [[known.id, { id: known.id }]] : [])
  for (const name of names) {
    const found = await resolveOrganization(run.ctx, name)
    owners.set(found?.id ?? name, found && { id: found.id })
  }
  const [first, ...more] = owners
  if (!first) return nobodys(customer)
  if (more.length > 0)
    return leftOut(
      'conflicting_mapping',
      `It is named after more than one organization: ${[...owners.keys()].join(', ')}.`,
    )
  const [name, owner] = first
  return owner ?? ownerToMake(run, customer, name)
}

function nobodys({ deleted, reference }: AccountCustomerData): LeftOut {
  if (reference.organizationId)
    return leftOut('unknown_organization', `There is no organization "${reference.organizationId}".`)
  return deleted
    ? leftOut(
        'deleted_customer',
        'It is deleted at the provider, and nothing says whose it was: name it in the customer map.',
      )
    : leftOut('unmapped_customer', 'Nothing says which organization it is.')
}

async function ownerToMake(run: AccountRun, customer: AccountCustomerData, name: string): Promise<Owner | LeftOut> {
  if (run.plannedOrganizations.has(name)) return { planned: name }
  if (!run.wish.createOrganizations) return leftOut('unknown_organization', `There is no organization "${name}".`)
  const input = organizationOf(run, customer, name)
  if ('left_out' in input) return input
  checkExternalId(name)
  checkOrganizationFields(input)
  run.tally.count('organizations', name, { did: 'create' })
  if (!run.isDry) return { id: (await createOrganization(run.ctx, input)).id }
  run.plannedOrganizations.add(name)
  return { planned: name }
}

function organizationOf(
  run: AccountRun,
  customer: AccountCustomerData,
  externalId: string,
): CreateOrganizationInput | LeftOut {
  const { defaults = {} } = run.wish
  const { email, name } = customer
  const country = customer.country && isCountry(customer.country) ? customer.country : defaults.country
  const currency = customer.currency && isActiveCurrency(customer.currency) ? customer.currency : defaults.currency
  const missing = Object.entries({ email, country, currency }).flatMap(([field, value]) => (value ? [] : [field]))
  if (!email || !country || !currency)
    return leftOut(
      'organization_incomplete',
      `Organization "${externalId}" cannot be made: its customer shows no ${missing.join(' and no ')}.`,
    )
  return {
    externalId,
    name: (name?.trim() || email).slice(0, 200),
    email,
    country,
    currency,
    timezone: defaults.timezone ?? 'UTC',
  }
}

/** Those that had to wait for others, then those that the map names and no list showed: deleted ones, most of the time. */
export async function takeRemainingCustomers(run: AccountRun, deferred: AccountCustomerData[]): Promise<void> {
  const owners = await run.knownOwners(
    'customer',
    deferred.map((customer) => customer.externalCustomerId),
  )
  for (const customer of deferred) {
    const id = customer.externalCustomerId
    const taken = await takeCustomer(run, customer, owners.get(id))
    if (taken) run.tally.count('customers', id, taken)
  }
  const unseen = [...(run.wish.customerMap?.keys() ?? [])].filter((id) => !run.seenCustomers.has(id))
  const known = await run.knownOwners('customer', unseen)
  for (const id of unseen) if (!known.has(id)) run.tally.count('customers', id, await takeUnlistedCustomer(run, id))
}

async function takeUnlistedCustomer(run: AccountRun, id: string, organizationId?: string): Promise<Taken> {
  run.seenCustomers.add(id)
  const customer = await orLeftOut(() => run.account.retrieveCustomer(id))
  if ('left_out' in customer) {
    run.owners.set(id, customer)
    return customer
  }
  const reference = organizationId ? { ...customer.reference, organizationId } : customer.reference
  return (await takeCustomer(run, { ...customer, reference }, undefined)) ?? { did: 'leave' }
}

/**
 * Whose is an object of this customer? A customer that no list showed is asked for; where it is deleted, our own reference on the object
 * still names its organization.
 */
export async function ownerOf(
  run: AccountRun,
  externalCustomerId: string,
  organizationId: string | undefined,
): Promise<Owner | LeftOut> {
  const decided = run.owners.get(externalCustomerId)
  if (decided && (!('left_out' in decided) || decided.left_out.code !== 'deleted_customer' || !organizationId))
    return decided
  const known = (await run.knownOwners('customer', [externalCustomerId])).get(externalCustomerId)
  if (known) {
    run.owners.set(externalCustomerId, { id: known })
    return { id: known }
  }
  run.tally.count('customers', externalCustomerId, await takeUnlistedCustomer(run, externalCustomerId, organizationId))
  return run.owners.get(externalCustomerId) ?? leftOut('unmapped_customer', 'Nothing says which organization it is.')
}
