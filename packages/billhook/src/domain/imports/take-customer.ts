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
import type { AccountRun, Owner } from './account-run.ts'
import { type LeftOut, leftOut, orLeftOut } from './left-out.ts'
import type { Taken } from './report.ts'

/** Finds a customer's organization by what names it, never by e-mail, and makes it the organization's. */
export async function takeCustomer(
  run: AccountRun,
  customer: AccountCustomerData,
  knownOwner: string | undefined,
): Promise<Taken> {
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
    code: 'second_customer',
    reason: 'Its organization has another customer there. Both came in; the one that pays a live subscription is used.',
  })
}

async function findOwner(run: AccountRun, customer: AccountCustomerData): Promise<Owner | LeftOut> {
  const { organizationKey, customerMap } = run.wish
  const names = [
    customerMap?.get(customer.externalCustomerId),
    customer.reference.organizationId,
    organizationKey ? customer.metadata[organizationKey]?.trim() : undefined,
  ]
  const owners: Array<Owner | LeftOut> = []
  for (const name of names) if (name) owners.push(await ownerNamed(run, customer, name))
  const [owner] = owners
  if (!owner)
    return customer.deleted
      ? leftOut(
          'deleted_customer',
          'It is deleted at the provider, and nothing says whose it was: name it in the customer map.',
        )
      : leftOut('unmapped_customer', 'Nothing says which organization it is.')
  if (new Set(owners.map((each) => JSON.stringify(each))).size > 1)
    return leftOut(
      'conflicting_mapping',
      `It is named after more than one organization: ${names.filter(Boolean).join(', ')}.`,
    )
  return owner
}

async function ownerNamed(run: AccountRun, customer: AccountCustomerData, name: string): Promise<Owner | LeftOut> {
  const found = await resolveOrganization(run.ctx, name)
  if (found) return { id: found.id }
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

/** Customers that the map names and no list showed: deleted ones, most of the time. */
export async function takeUnlistedCustomers(run: AccountRun): Promise<void> {
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
  return takeCustomer(run, { ...customer, reference }, undefined)
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
