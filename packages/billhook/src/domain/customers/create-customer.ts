import type { Context } from '../../context.ts'
import { inOrganization, lockOrganization } from '../../db/index.ts'
import { appendFacts } from '../../outbox/append.ts'
import { BillhookError, conflict, notFound } from '../../primitives/index.ts'
import type { CreateCustomerInput } from '../../providers/provider.ts'
import { type ApplyOperation, runOperation } from '../operations/index.ts'
import { claimExternalRef } from '../sync/index.ts'
import type { Customer } from './customer.ts'
import {
  type CustomerRow,
  countLostCustomers,
  findLivingCustomer,
  findOwnOrganization,
  insertCustomer,
  markCustomerLost,
} from './store.ts'

export interface CustomerInput {
  organizationId: string
  /** The default provider when left out. */
  provider?: string | undefined
}

/**
 * Makes the organization's customer at a provider. Errors: `customer_exists` (409), `organization_not_found` (404), the provider's own.
 */
export async function createCustomer(ctx: Context, input: CustomerInput): Promise<Customer> {
  const { providerName } = ctx.providers.getProvider(input.provider)
  const existing = await findCustomer(ctx, input)
  if (existing)
    throw conflict('customer_exists', `The organization has a customer at ${providerName} already: ${existing.id}.`)
  return makeCustomer(ctx, input)
}

/** The organization's customer at a provider, made on first use, once, however many ask at a time. Never found by e-mail. */
export async function getOrCreateCustomer(ctx: Context, input: CustomerInput): Promise<Customer> {
  return (await findCustomer(ctx, input)) ?? makeCustomer(ctx, input)
}

/**
 * Asks the provider whether its customer is still there, and has it made again if it is gone. Answers the customer that is there now.
 */
export async function renewCustomer(ctx: Context, customer: Customer): Promise<Customer> {
  const provider = ctx.providers.getProvider(customer.provider)
  const { organizationId, externalCustomerId } = customer
  const input = await customerInput(ctx, organizationId)
  const done = await runOperation(ctx, {
    kind: 'create_customer',
    provider: provider.providerName,
    businessKey: `renew_customer:${customer.id}:${ctx.ids.next('operation')}`,
    organizationId,
    input,
    call: (operation) => provider.getOrCreateCustomer({ ...input, externalCustomerId }, operation),
    apply: applyCreatedCustomer,
  })
  return done.status === 'succeeded' ? done.answer : customer
}

/** The customer that is there now. */
export async function findCustomer(
  ctx: Context,
  { organizationId, provider }: CustomerInput,
): Promise<Customer | null> {
  const { providerName } = ctx.providers.getProvider(provider)
  const row = await inOrganization(ctx.db, organizationId, (scope) => findLivingCustomer(scope, providerName))
  return row && customerView(row)
}

async function makeCustomer(ctx: Context, { organizationId, provider: name }: CustomerInput): Promise<Customer> {
  const provider = ctx.providers.getProvider(name)
  const input = await customerInput(ctx, organizationId)
  const lost = await inOrganization(ctx.db, organizationId, (scope) => countLostCustomers(scope, provider.providerName))
  const done = await runOperation(ctx, {
    kind: 'create_customer',
    provider: provider.providerName,
    businessKey: `create_customer:${organizationId}:${provider.providerName}:${lost}`,
    retriesFailure: true,
    organizationId,
    input,
    call: (operation) => provider.createCustomer(input, operation),
    apply: applyCreatedCustomer,
  })
  if (done.status === 'succeeded') return done.answer
  return awaitCustomer(ctx, { organizationId, provider: provider.providerName })
}

async function customerInput(ctx: Context, organizationId: string): Promise<CreateCustomerInput> {
  const organization = await inOrganization(ctx.db, organizationId, findOwnOrganization)
  if (!organization) throw notFound('organization_not_found', 'There is no such organization.')
  const { name, email, country, currency } = organization
  return { organizationId, name, email, country, currency }
}

const patienceMs = 5_000
const lookEveryMs = 100

/** Somebody else is making it right now; or the provider's answer was lost, and its look-up will bring it. */
async function awaitCustomer(ctx: Context, input: CustomerInput): Promise<Customer> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += lookEveryMs) {
    const customer = await findCustomer(ctx, input)
    if (customer) return customer
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  throw new BillhookError(
    'customer_in_progress',
    `The customer at ${input.provider} is still being made; try again in a minute.`,
    { status: 503 },
  )
}

/** Stores the provider's customer as the organization's. One that came in place of another marks that one as lost. */
export const applyCreatedCustomer: ApplyOperation<'create_customer', Customer> = async (
  ctx,
  scope,
  operation,
  result,
) => {
  await lockOrganization(scope)
  const now = ctx.clock.now()
  const { provider } = operation
  const { externalCustomerId } = result
  const living = await findLivingCustomer(scope, provider)
  if (living?.externalCustomerId === externalCustomerId) return customerView(living)
  if (living) await markCustomerLost(scope, living.id, now)
  const id = ctx.ids.next('customer')
  const { organizationId } = scope
  await claimExternalRef(scope, { provider, kind: 'customer', externalId: externalCustomerId, objectId: id })
  const inserted = await insertCustomer(scope, {
    id,
    organizationId,
    provider,
    providerKind: ctx.providers.getProvider(provider).providerKind,
    externalCustomerId,
    email: result.email,
    name: result.name,
    createdAt: now,
    updatedAt: now,
  })
  await appendFacts(ctx, scope, {
    facts: [{ type: 'customer.created', objectId: id, data: { id, organizationId, provider, externalCustomerId } }],
    source: operation.observation.source,
    occurredAt: operation.observation.at,
  })
  return customerView(inserted)
}

const customerView = (row: CustomerRow): Customer => ({
  id: row.id,
  organizationId: row.organizationId,
  provider: row.provider,
  externalCustomerId: row.externalCustomerId,
  stripeCustomerId: row.stripeCustomerId,
  email: row.email,
  name: row.name,
})
