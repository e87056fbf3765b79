import type { Context } from '../../context.ts'
import { isUniqueViolation, type OrganizationScope, organizationScope } from '../../db/index.ts'
import { BillhookError, conflict, errorMessage } from '../../primitives/index.ts'
import {
  type AnyProviderOperation,
  type OperationKind,
  type OperationKinds,
  PaymentProviderError,
  type ProviderErrorCode,
  type ProviderOperation,
  providerErrorStatus,
} from '../../providers/provider.ts'
import { beginReading, type Observation, OvertakenError, type ReadTarget } from '../sync/index.ts'
import { type ApplyOperation, applyResult } from './apply-result.ts'
import {
  concludeOperation,
  findOperation,
  inScopeOf,
  insertOperation,
  type OperationRow,
  setFailedAside,
} from './store.ts'

/** After this long without an answer, a call counts as lost and is looked up. */
export const operationLeaseMs = 120_000

export interface RunOperationInput<K extends OperationKind, Answer> {
  kind: K
  provider: string
  /** One key, one effect. */
  businessKey: string
  /** A failure under this key may be tried again; otherwise it is answered again. */
  retriesFailure?: boolean
  organizationId: string | null
  subscriptionId?: string | null
  input: OperationKinds[K]['input']
  /** The object at the provider that the call changes, if it exists already. */
  target?: ReadTarget | undefined
  /** Runs in the transaction that makes a new intent durable; what it throws undoes the intent, and nothing is called. */
  begin?: (scope: OrganizationScope, operationId: string) => Promise<unknown>
  call: (operation: ProviderOperation<K>) => Promise<OperationKinds[K]['result']>
  apply: ApplyOperation<K, Answer>
}

export type RunOperationResult<Answer> =
  | { status: 'succeeded'; answer: Answer }
  | { status: 'unknown'; operationId: string }

/**
 * Every call that changes something at a provider goes through here: the intent is durable first, then the call, then its result and the
 * operation's end in one transaction. A lost answer leaves the operation `unknown`, to be looked up and never repeated.
 *
 * Errors: `change_in_progress` (409) while another change of the subscription is open; the provider's own refusals.
 */
export async function runOperation<K extends OperationKind, Answer>(
  ctx: Context,
  input: RunOperationInput<K, Answer>,
): Promise<RunOperationResult<Answer>> {
  const observation = await observe(ctx, input)
  const row = await startOperation(ctx, input)
  if ('repeated' in row) return repeatAnswer(row.repeated)
  const operation = {
    id: row.id,
    kind: input.kind,
    idempotencyKey: row.id,
    input: input.input,
    startedAt: row.createdAt,
  }
  let result: OperationKinds[K]['result']
  try {
    result = await input.call(operation)
  } catch (error) {
    return concludeFailure(ctx, row, error)
  }
  try {
    return await applyResult(ctx, input.apply, { ...row, kind: input.kind, input: input.input, observation }, result)
  } catch (error) {
    if (!(error instanceof OvertakenError)) throw error
    return lookAgain(ctx, { ...input, target: error.target ?? input.target }, row, operation)
  }
}

/** Something else was applied while the call was under way, older or newer: what the call did is asked for, as it is now. */
async function lookAgain<K extends OperationKind, Answer>(
  ctx: Context,
  input: RunOperationInput<K, Answer>,
  row: OperationRow,
  operation: ProviderOperation<K>,
): Promise<RunOperationResult<Answer>> {
  try {
    const observation = await observe(ctx, input)
    const found = await ctx.providers.getProvider(input.provider).lookup(operation as AnyProviderOperation)
    if (found.outcome !== 'succeeded')
      throw new OvertakenError(`The provider cannot tell yet what became of ${row.id}.`)
    const result = found.result as OperationKinds[K]['result']
    return await applyResult(ctx, input.apply, { ...row, kind: input.kind, input: input.input, observation }, result)
  } catch (error) {
    if (!(error instanceof OvertakenError) && !(error instanceof PaymentProviderError)) throw error
    return noteOutcome(ctx, row, 'unknown', error)
  }
}

async function observe<K extends OperationKind, Answer>(
  ctx: Context,
  input: RunOperationInput<K, Answer>,
): Promise<Observation> {
  const provider = ctx.providers.getProvider(input.provider)
  if (input.organizationId && input.target) {
    const { kind, externalId } = input.target
    return beginReading(ctx, { organizationId: input.organizationId, provider, kind, externalId, source: 'api' })
  }
  return { by: 'read', at: (await provider.now?.()) ?? ctx.clock.now(), ticket: 0, source: 'api' }
}

async function startOperation<K extends OperationKind, Answer>(
  ctx: Context,
  input: RunOperationInput<K, Answer>,
): Promise<OperationRow | { repeated: OperationRow }> {
  const now = ctx.clock.now()
  const id = ctx.ids.next('operation')
  try {
    return await inScopeOf(ctx, input.organizationId, async (tx) => {
      if (input.retriesFailure) await setFailedAside(tx, input.businessKey)
      const isNew = await insertOperation(tx, {
        id,
        organizationId: input.organizationId,
        kind: input.kind,
        provider: input.provider,
        businessKey: input.businessKey,
        subscriptionId: input.subscriptionId ?? null,
        input: input.input,
        status: 'pending',
        dueAt: new Date(now.getTime() + operationLeaseMs),
        createdAt: now,
        updatedAt: now,
      })
      const row = await findOperation(tx, { businessKey: input.businessKey })
      // Hidden by the scope: the key belongs to another organization, which a derived key never does.
      if (!row) throw conflict('operation_key_taken', 'This operation key is taken.')
      if (isNew && input.organizationId !== null)
        await input.begin?.(organizationScope(tx, input.organizationId), row.id)
      return isNew ? row : { repeated: row }
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw conflict(
      'change_in_progress',
      'Another change of this subscription is still in progress; try again when it is done.',
      {
        subscription_id: input.subscriptionId,
      },
    )
  }
}

function repeatAnswer<Answer>(row: OperationRow): RunOperationResult<Answer> {
  // Stored by the same apply function under the same business key.
  if (row.status === 'succeeded') return { status: 'succeeded', answer: row.result as Answer }
  if (row.status !== 'failed') return { status: 'unknown', operationId: row.id }
  const code = row.errorCode ?? 'provider_rejected'
  throw new BillhookError(code, row.errorDetail ?? 'The provider refused.', {
    status: code in providerErrorStatus ? providerErrorStatus[code as ProviderErrorCode] : 502,
    facts: { operation_id: row.id },
  })
}

async function concludeFailure(
  ctx: Context,
  row: OperationRow,
  error: unknown,
): Promise<{ status: 'unknown'; operationId: string }> {
  const failed = error instanceof PaymentProviderError && error.outcome === 'failed'
  const unknown = await noteOutcome(ctx, row, failed ? 'failed' : 'unknown', error)
  if (failed || !(error instanceof PaymentProviderError)) throw error
  return unknown
}

async function noteOutcome(
  ctx: Context,
  row: OperationRow,
  status: 'failed' | 'unknown',
  error: unknown,
): Promise<{ status: 'unknown'; operationId: string }> {
  const now = ctx.clock.now()
  const code = error instanceof BillhookError ? error.code : 'provider_adapter_error'
  ctx.logger.warn(
    { operation_id: row.id, kind: row.kind, provider: row.provider, code, status, error: errorMessage(error) },
    'a provider call did not succeed',
  )
  await inScopeOf(ctx, row.organizationId, (tx) =>
    concludeOperation(tx, row.id, {
      status,
      errorCode: code,
      errorDetail: errorMessage(error),
      // An unknown outcome is looked up soon: the buyer waits.
      dueAt: new Date(now.getTime() + 2_000),
      updatedAt: now,
    }),
  )
  ctx.wake('settle-operations')
  return { status: 'unknown', operationId: row.id }
}
