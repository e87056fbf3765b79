import type { ProviderOperation, ReportUsageInput } from '../operation.ts'
import type { ProviderRoute } from '../provider.ts'
import type { SandboxClient } from './client.ts'
import { sandboxError } from './errors.ts'
import { newId } from './objects.ts'
import { findObject, listPrefixes } from './state.ts'

/** Usage is taken and shown at `GET /usage`; the sandbox's prices have no metered part that would bill it. */
export interface SandboxUsageRecord {
  object: 'usage_record'
  id: string
  customer: string
  meter: string
  /** Decimal text. */
  quantity: string
  occurred_at: string
}

export async function reportUsage(
  client: SandboxClient,
  input: ReportUsageInput,
  operation: ProviderOperation<'report_usage'>,
): Promise<{ accepted: true }> {
  await client.execute(operation, input, async (draft) => {
    await draft.get('customer', input.externalCustomerId)
    if (!/^\d{1,15}(\.\d{1,12})?$/.test(input.quantity) || input.meterEventName === '')
      throw sandboxError(draft.providerName, 'provider_rejected', 'Usage is a meter and a decimal number from 0.')
    const record = draft.add<SandboxUsageRecord>({
      object: 'usage_record',
      id: newId('usage_record'),
      customer: input.externalCustomerId,
      meter: input.meterEventName,
      quantity: input.quantity,
      occurred_at: input.occurredAt,
    })
    return { object: 'usage_record', id: record.id }
  })
  return { accepted: true }
}

/** `GET /usage?customer=sbx_cus_...`: what was reported, in the order in which it came; of everybody without a customer. */
export const usageRoute = (client: SandboxClient): ProviderRoute => ({
  method: 'GET',
  path: '/usage',
  auth: 'platform',
  handle: async (request) => {
    const customer = new URL(request.url).searchParams.get('customer')
    const prefix = customer === null ? listPrefixes.usage_record : `${listPrefixes.usage_record}${customer}/`
    const data = await client.read(async (store) => {
      const rows = await store.list<string>(prefix)
      return Promise.all(rows.map(({ value }) => findObject(store, 'usage_record', value)))
    })
    return Response.json({ data: data.filter((record) => record !== null) })
  },
})
