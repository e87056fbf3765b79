import type { Context } from '../../context.ts'
import { BillhookError, sha256Hex, stableStringify } from '../../primitives/index.ts'
import type { AccountPage, PageRequest } from '../../providers/provider.ts'
import type { Observation } from '../sync/index.ts'
import { type AccountImportWish, AccountRun } from './account-run.ts'
import { ImportProgress, type ReadKind, readKinds } from './progress.ts'
import { type ImportReport, type Taken, Tally } from './report.ts'
import { takeCustomer, takeRemainingCustomers } from './take-customer.ts'
import { takeInvoice } from './take-invoice.ts'
import { takePrice } from './take-price.ts'
import { takeSubscription } from './take-subscription.ts'

export interface ImportAccountInput extends AccountImportWish {
  /** The default provider when left out. */
  provider?: string | undefined
  /** Objects a page; the provider's most when left out. */
  pageSize?: number | undefined
  /** Stops it after the object at hand; the same call goes on. */
  signal?: AbortSignal | undefined
  /** Called after every object. */
  onProgress?: ((progress: ImportProgressNote) => void) | undefined
}

export interface ImportProgressNote {
  kind: string
  /** Objects of this kind so far. */
  done: number
  /** Where it is known. */
  total: number | null
}

/** How each kind is read and taken; nothing else differs. */
interface Step<T> {
  list(request: PageRequest): Promise<AccountPage<T>>
  idOf(object: T): string
  refKind: 'customer' | 'subscription' | 'invoice' | null
  take(object: T, knownOwner: string | undefined, observation: Observation): Promise<Taken | null>
  /** After the last page. */
  finish?(): Promise<void>
}

/**
 * Moves everything an account holds in: prices become plans, customers the organizations' customers, then subscriptions, ended ones too,
 * and invoices, each by the one writer. What is known here is left alone, what does not fit is named in the report. It can be stopped and
 * goes on; done twice, it changes nothing. A dry run only reads and reports.
 *
 * Errors: `import_unsupported` (422) for a provider that cannot be read whole, the provider's own, which stop it.
 */
export async function importAccount(ctx: Context, input: ImportAccountInput): Promise<ImportReport> {
  const provider = ctx.providers.getProvider(input.provider)
  const { account, providerName } = provider
  if (!account) throw new BillhookError('import_unsupported', `${providerName} cannot be read whole.`, { status: 422 })
  const run = new AccountRun(ctx, provider, account, input)
  await run.loadPrices()
  const startedAt = ctx.clock.now().toISOString()
  const progress = run.isDry ? null : await ImportProgress.open(ctx, providerName, wishDigest(input))
  const earlier = new Tally()
  for (const page of (await progress?.pages()) ?? []) earlier.add(page)
  run.remember(earlier.content.problems)
  const reading = { run, input, progress, all: earlier }
  const isComplete = await readAll(reading)
  if (isComplete) await progress?.finish()
  // What a page that was cut short has done is shown, and done again.
  else earlier.add(run.tally.content)
  return earlier.report({
    source: providerName,
    provider: providerName,
    dry_run: run.isDry,
    resumed: progress?.isResumed ?? false,
    complete: isComplete,
    started_at: progress?.startedAt ?? startedAt,
    finished_at: ctx.clock.now().toISOString(),
  })
}

interface Reading {
  run: AccountRun
  input: ImportAccountInput
  progress: ImportProgress | null
  all: Tally
}

async function readAll(reading: Reading): Promise<boolean> {
  const steps = stepsOf(reading)
  for (const kind of readKinds) if (!(await steps[kind]())) return false
  return true
}

/** False when it was stopped. */
async function readKind<T>({ run, input, progress, all }: Reading, kind: ReadKind, step: Step<T>): Promise<boolean> {
  let { cursor, isDone } = progress?.cursorOf(kind) ?? { cursor: null, isDone: false }
  while (!isDone) {
    if (input.signal?.aborted) return false
    const observation = await run.observe()
    const page = await step.list({ cursor, limit: input.pageSize })
    run.tally = new Tally()
    const tally = run.tally
    const note = () => input.onProgress?.({ kind, done: seenOf(all, kind) + seenOf(tally, kind), total: null })
    if (!(await takePage(run, kind, step, { page, observation, signal: input.signal, note }))) return false
    cursor = page.nextCursor
    isDone = cursor === null
    if (isDone) await step.finish?.()
    await progress?.savePage(kind, cursor, run.tally.content)
    all.add(run.tally.content)
    run.tally = new Tally()
  }
  return true
}

const seenOf = ({ content }: Tally, kind: ReadKind): number =>
  content.counts[kind].read + (kind === 'customers' ? content.deferred.length : 0)

interface TakeInput<T> {
  page: AccountPage<T>
  observation: Observation
  signal: AbortSignal | undefined
  note(): void
}

async function takePage<T>(
  run: AccountRun,
  kind: ReadKind,
  step: Step<T>,
  { page, observation, signal, note }: TakeInput<T>,
): Promise<boolean> {
  const ids = page.data.map(step.idOf)
  const known = step.refKind ? await run.knownOwners(step.refKind, ids) : new Map<string, string>()
  for (const object of page.data) {
    if (signal?.aborted) return false
    const id = step.idOf(object)
    const taken = await step.take(object, known.get(id), observation)
    if (taken) run.tally.count(kind, id, taken)
    note()
  }
  for (const { externalId, reason } of page.unreadable)
    run.tally.count(kind, externalId, { left_out: { code: 'unreadable', reason } })
  return true
}

function stepsOf(reading: Reading) {
  const { run } = reading
  const { account } = run
  const stepOf =
    <T>(kind: ReadKind, step: Step<T>) =>
    () =>
      readKind(reading, kind, step)
  return {
    prices: stepOf('prices', {
      list: account.listPrices,
      idOf: (price) => price.externalPriceId,
      refKind: null,
      take: (price) => takePrice(run, price),
    }),
    customers: stepOf('customers', {
      list: account.listCustomers,
      idOf: (customer) => customer.externalCustomerId,
      refKind: 'customer',
      take: (customer, owner) => takeCustomer(run, customer, owner, { isLastTry: false }),
      finish: () => takeRemainingCustomers(run, [...reading.all.content.deferred, ...run.tally.content.deferred]),
    }),
    subscriptions: stepOf('subscriptions', {
      list: account.listSubscriptions,
      idOf: (subscription) => subscription.externalSubscriptionId,
      refKind: 'subscription',
      take: (subscription, owner, observation) => takeSubscription(run, subscription, owner, observation),
    }),
    invoices: stepOf('invoices', {
      list: account.listInvoices,
      idOf: (invoice) => invoice.externalInvoiceId,
      refKind: 'invoice',
      take: (invoice, owner, observation) => takeInvoice(run, invoice, owner, observation),
    }),
  }
}

/** Another wish is another import: going on with it would leave out what the first one passed over. */
const wishDigest = ({ organizationKey, customerMap, createOrganizations, defaults }: ImportAccountInput): string =>
  sha256Hex(
    stableStringify([organizationKey ?? null, [...(customerMap ?? [])], createOrganizations ?? false, defaults ?? {}]),
  )
