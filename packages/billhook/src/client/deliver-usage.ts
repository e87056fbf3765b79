import { BillhookError } from '../primitives/errors.ts'
import { fieldsIn, refusalOf, type Service, type ServiceAnswer } from './service.ts'
import type { RejectedUsage, UsageEntry } from './usage-entry.ts'

/** As the service takes it. */
const usageJson = ({ id, meter, quantity, occurredAt, properties }: UsageEntry) => ({
  ...{ id, meter, quantity, properties },
  occurred_at: occurredAt,
})

/**
 * Delivers one organization's entries, at most 1,000, and answers those that will never be taken. What it throws may go well later:
 * `service_unreachable`, or a refusal that is about the sender, not the events.
 */
export async function deliverUsage(
  service: Service,
  organization: string,
  entries: readonly UsageEntry[],
): Promise<RejectedUsage[]> {
  const body = JSON.stringify({ events: entries.map(usageJson) })
  const answer = await service({ method: 'POST', path: '/usage/', organization, body })
  if (answer.status === 200) return rejectedIn(answer, entries)
  const refusal = refusalOf(answer)
  // Too much at a time is no fault of any of them.
  if (answer.status === 413 && entries.length > 1) {
    const half = Math.ceil(entries.length / 2)
    const halves = [entries.slice(0, half), entries.slice(half)]
    const rejected: RejectedUsage[] = []
    for (const part of halves) rejected.push(...(await deliverUsage(service, organization, part)))
    return rejected
  }
  const [only] = entries
  const isAboutTheOne = entries.length === 1 && [400, 409, 413].includes(answer.status)
  if (only && isAboutTheOne) return [{ ...only, ...refusal }]
  if (refusal.code === 'organization_not_found') return entries.map((entry) => ({ ...entry, ...refusal }))
  throw new BillhookError(refusal.code, refusal.detail, { status: answer.status })
}

function rejectedIn({ text, status }: ServiceAnswer, entries: readonly UsageEntry[]): RejectedUsage[] {
  const { rejected } = fieldsIn(text)
  // Whoever answers 200 without it is somebody else: a proxy's page of welcome, say.
  if (!Array.isArray(rejected))
    throw new BillhookError('answer_unreadable', 'This is no answer of Billhook.', { status })
  return rejected.flatMap(({ index, code, detail }) => {
    const entry = entries[Number(index)]
    return entry ? [{ ...entry, code: String(code), detail: String(detail) }] : []
  })
}
