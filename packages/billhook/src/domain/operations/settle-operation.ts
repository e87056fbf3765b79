import type { Context } from '../../context.ts'
import { organizationScope } from '../../db/index.ts'
import { errorMessage } from '../../primitives/index.ts'
import {
  type AnyProviderOperation,
  type LookupResult,
  type OperationKind,
  type OperationKinds,
  PaymentProviderError,
} from '../../providers/provider.ts'
import { openAlert } from '../alerts/index.ts'
import { beginReading, type Observation, OvertakenError, type ReadKind, type ReadTarget } from '../sync/index.ts'
import { type ApplyOperation, applyResult, type ScopeOf } from './apply-result.ts'
import { concludeOperation, inScopeOf, type OperationRow } from './store.ts'

/** One function for each kind: what a success found by look-up writes. */
export type OperationAppliers = { [K in OperationKind]: ApplyOperation<K, unknown> }

/** What of ours waits for a call that turns out never to have happened is let go, in the transaction that says so. */
export type UndoOperation<K extends OperationKind> = (
  ctx: Context,
  scope: ScopeOf<K>,
  input: OperationKinds[K]['input'],
) => Promise<void>

/** What is written when a look-up settles an operation. */
export interface Settlement {
  /** One for each kind: what a success writes. */
  applied: OperationAppliers
  notDone: { create_checkout_session: UndoOperation<'create_checkout_session'> }
}

/** A look-up this long after the call that finds nothing proves that nothing happened; before, the call may still be on its way. */
const settledAfterMs = 60_000
const alertAfterAttempts = 5
/** Providers know the key of a report for a day at least. */
const repeatableForMs = 23 * 3_600_000

/**
 * Settles an operation whose answer never came, by looking at the provider: done, never done, or still unknown (asked again later).
 * Never acts, but for reports of usage: they count once under their key, and not every provider shows them again.
 */
export async function settleOperation(ctx: Context, settlement: Settlement, row: OperationRow): Promise<void> {
  // Only runOperation writes these columns, from one typed input.
  const operation = {
    id: row.id,
    kind: row.kind,
    idempotencyKey: row.id,
    input: row.input,
    startedAt: row.createdAt,
  } as AnyProviderOperation
  try {
    const found = await lookAndApply(ctx, settlement, row, operation, targetOf(operation))
    if (found === 'succeeded') return
    const ageMs = ctx.clock.now().getTime() - row.createdAt.getTime()
    if (found === 'not_found' && ageMs >= settledAfterMs) {
      return await concludeNotDone(ctx, settlement, row, operation)
    }
    await askLater(ctx, row, 'the provider cannot tell yet')
  } catch (error) {
    await askLater(ctx, row, errorMessage(error))
  }
}

type TargetKey = 'externalSubscriptionId' | 'externalSessionId' | 'externalInvoiceId'

const targets: { [K in OperationKind]?: { kind: ReadKind; key: TargetKey } } = {
  cancel_subscription: { kind: 'subscription', key: 'externalSubscriptionId' },
  reactivate_subscription: { kind: 'subscription', key: 'externalSubscriptionId' },
  update_subscription: { kind: 'subscription', key: 'externalSubscriptionId' },
  pause_subscription: { kind: 'subscription', key: 'externalSubscriptionId' },
  resume_subscription: { kind: 'subscription', key: 'externalSubscriptionId' },
  pay_invoice: { kind: 'invoice', key: 'externalInvoiceId' },
  expire_checkout_session: { kind: 'checkout_session', key: 'externalSessionId' },
}

function targetOf(operation: AnyProviderOperation): ReadTarget | null {
  const target = targets[operation.kind]
  const externalId: unknown = target ? Reflect.get(operation.input, target.key) : undefined
  return target && typeof externalId === 'string' ? { kind: target.kind, externalId } : null
}

async function lookAndApply(
  ctx: Context,
  settlement: Settlement,
  row: OperationRow,
  operation: AnyProviderOperation,
  target: ReadTarget | null,
): Promise<LookupResult['outcome']> {
  const observation = await observe(ctx, row, target)
  const found = await findOut(ctx, row, operation)
  if (found.outcome !== 'succeeded') return found.outcome
  try {
    await applyFound(ctx, settlement.applied, row, operation, observation, found.result)
  } catch (error) {
    // Only what was found tells which object to take a ticket on: now it is known.
    if (!(error instanceof OvertakenError && error.target) || target) throw error
    return lookAndApply(ctx, settlement, row, operation, error.target)
  }
  return 'succeeded'
}

async function findOut(ctx: Context, row: OperationRow, operation: AnyProviderOperation): Promise<LookupResult> {
  const provider = ctx.providers.getProvider(row.provider)
  const found = await provider.lookup(operation)
  if (found.outcome !== 'unknown' || operation.kind !== 'report_usage' || !provider.usage) return found
  if (ctx.clock.now().getTime() - row.createdAt.getTime() > repeatableForMs) return found
  try {
    return { outcome: 'succeeded', result: await provider.usage.reportUsage(operation.input, operation) }
  } catch (error) {
    // What had been counted the first time is not refused the second.
    if (error instanceof PaymentProviderError && error.outcome === 'failed') return { outcome: 'not_found' }
    throw error
  }
}

async function observe(ctx: Context, row: OperationRow, target: ReadTarget | null): Promise<Observation> {
  const provider = ctx.providers.getProvider(row.provider)
  if (row.organizationId && target)
    return beginReading(ctx, { organizationId: row.organizationId, provider, ...target, source: 'timer' })
  return { by: 'read', at: (await provider.now?.()) ?? ctx.clock.now(), ticket: 0, source: 'timer' }
}

async function applyFound<K extends OperationKind>(
  ctx: Context,
  appliers: OperationAppliers,
  row: OperationRow,
  operation: { kind: K; input: unknown },
  observation: Observation,
  result: OperationKinds[OperationKind]['result'],
): Promise<void> {
  await applyResult(
    ctx,
    appliers[operation.kind],
    // The kind ties input and result together; the row lost that tie in the database.
    { ...row, kind: operation.kind, input: operation.input as OperationKinds[K]['input'], observation },
    result as OperationKinds[K]['result'],
  )
}

async function concludeNotDone(
  ctx: Context,
  { notDone }: Settlement,
  row: OperationRow,
  operation: AnyProviderOperation,
): Promise<void> {
  const { organizationId } = row
  await inScopeOf(ctx, organizationId, async (tx) => {
    const isMine = await concludeOperation(tx, row.id, {
      status: 'failed',
      errorCode: 'provider_unavailable',
      errorDetail: 'The call never reached the provider; nothing was changed.',
      updatedAt: ctx.clock.now(),
    })
    if (!isMine || organizationId === null || operation.kind !== 'create_checkout_session') return
    await notDone.create_checkout_session(ctx, organizationScope(tx, organizationId), operation.input)
  })
  ctx.logger.info({ operation_id: row.id, kind: row.kind }, 'a lost call had done nothing')
}

async function askLater(ctx: Context, row: OperationRow, why: string): Promise<void> {
  const now = ctx.clock.now()
  const delayMs = Math.min(2_000 * 2 ** row.attempts, 900_000)
  await inScopeOf(ctx, row.organizationId, async (tx) => {
    await concludeOperation(tx, row.id, {
      status: 'unknown',
      errorDetail: why,
      dueAt: new Date(now.getTime() + delayMs),
      updatedAt: now,
    })
    if (row.attempts < alertAfterAttempts) return
    await openAlert(row.organizationId ? organizationScope(tx, row.organizationId) : { tx, platform: true }, ctx, {
      kind: 'operation_unknown',
      subject: row.id,
      severity: 'warning',
      detail: `Whether ${row.kind} at ${row.provider} happened is still unknown: ${why}`,
    })
  })
}
