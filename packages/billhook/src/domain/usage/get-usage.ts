import type { Context } from '../../context.ts'
import { askingInOrganization, type OrganizationScope } from '../../db/index.ts'
import { invalid, type Quantity, quantityFromText, quantityNumber } from '../../primitives/index.ts'
import { askRights, counterOf, type Rights, usageWindowAt } from '../entitlements/index.ts'
import { forever, type Meter, meterNotFound, selectUsage, sumUsage } from '../meters/index.ts'

export interface GetUsageInput {
  organizationId: string
  /** Id or key. */
  meter: string
  /** The start of the billing period that is open, when left out. */
  from?: Date | undefined
  /** Exclusive; all there is up to now, when left out. */
  to?: Date | undefined
  /** Apart by days of the organization's time zone. */
  by?: 'day' | undefined
  /** Apart by one of the properties that the meter groups by. */
  groupBy?: string | undefined
}

export interface UsagePart {
  /** `2026-03-01`; null where it is not read by day. */
  day: string | null
  /** The property's value, empty where events had none; null where it is not read by group. */
  group: string | null
  value: number
}

export interface Usage {
  meter: Meter
  from: Date
  /** Null: all there is. */
  to: Date | null
  /** What the meter says of the whole range: 0 where nothing was counted. */
  value: number
  /** In order of day and group; a part in which nothing was counted is left out. */
  parts: UsagePart[]
}

const longestMs = 400 * 86_400_000

/**
 * What a meter has counted: of the billing period to date, or of a range. Errors: `meter_not_found` (404), `invalid_range`,
 * `invalid_group` (400).
 */
export async function getUsage(ctx: Context, input: GetUsageInput): Promise<Usage> {
  const { organizationId, by, groupBy } = input
  const question = await askRights(ctx, [organizationId])
  return askingInOrganization(
    ctx.db,
    organizationId,
    [question.statement],
    async (scope, { answers: [answer = []] }) => {
      const rights = question.read(answer)(organizationId)
      const meter = meterIn(rights, input.meter)
      if (groupBy !== undefined && !meter.groupBy.includes(groupBy))
        throw invalid('invalid_group', `Meter "${meter.key}" can be read by: ${meter.groupBy.join(', ') || 'nothing'}.`)
      const range = { meter, ...rangeOf(rights, input) }
      const whole = await wholeOf(scope, rights, range)
      const isCut = by !== undefined || groupBy !== undefined
      const cut = { byDayIn: by === 'day' ? rights.timeZone : null, byGroup: groupBy ?? null }
      const rows = isCut ? await selectUsage(scope, range, cut) : []
      const parts = rows.map(({ day, group, value }) => ({
        day,
        group,
        value: quantityNumber(quantityFromText(value)),
      }))
      return { ...range, value: quantityNumber(whole), parts }
    },
  )
}

/** The period to date has a counter mostly. */
async function wholeOf(
  scope: OrganizationScope,
  { counters }: Rights,
  range: { meter: Meter; from: Date; to: Date | null },
): Promise<Quantity> {
  const counter =
    range.to === null ? counterOf({ meter: range.meter, window: { start: range.from } }, counters) : undefined
  return counter ? counter.used : quantityFromText((await sumUsage(scope, range)).value)
}

function meterIn({ meters }: Rights, idOrKey: string): Meter {
  const meter = meters.get(idOrKey) ?? [...meters.values()].find(({ id }) => id === idOrKey)
  if (!meter) throw meterNotFound()
  return meter
}

function rangeOf({ now, timeZone, rights }: Rights, { from, to }: GetUsageInput): { from: Date; to: Date | null } {
  const cycle = rights.find((right) => right.cycle !== null)?.cycle ?? null
  const start = from ?? usageWindowAt({ window: 'billing_period', cycle, now, timeZone }).start
  const lengthMs = (to ?? now).getTime() - start.getTime()
  // A range that begins ahead of the clock holds nothing yet, and is no mistake.
  const isStorable = start.getTime() >= 0 && (to ?? start) <= forever
  if (Number.isNaN(lengthMs) || (to && lengthMs <= 0) || lengthMs > longestMs || !isStorable)
    throw invalid('invalid_range', 'A range ends after it begins, and is at most 400 days long.')
  return { from: start, to: to ?? null }
}
