import { sql } from 'drizzle-orm'
import type { Statement } from '../../db/index.ts'
import { quantityFromText } from '../../primitives/index.ts'
import { liveStatuses } from '../../providers/provider.ts'
import type { Meter } from '../meters/index.ts'
import type { Counter, GivingSubscription, RightsRecord } from './rights.ts'

const live = liveStatuses.map((status) => `'${status}'`).join(', ')

/**
 * Lists of objects, with the names that the code has for them. Amounts are text: a JSON number would be a float. Where several organizations
 * are asked about, row-level security shows what any of them may see: so what may belong to one of them says whose it is.
 */
const rightsColumns = sql.raw(`
  (select json_agg(json_build_object('productLine', l.product_line, 'features', l.features, 'limits', l.limits) order by l.product_line)
    from billhook.plans l where l.is_default and l.archived_at is null) as "defaultPlans",
  (select json_agg(json_build_object('id', m.id, 'key', m.key, 'name', m.name, 'aggregation', m.aggregation, 'property', m.property,
      'filters', m.filters, 'groupBy', m.group_by, 'createdAt', m.created_at)) from billhook.meters m) as meters,
  (select json_agg(json_build_object('id', o.id, 'timeZone', o.timezone, 'subscriptions',
    (select json_agg(json_build_object('productLine', s.product_line, 'status', s.status, 'quantity', s.quantity,
        'paidThroughAt', s.paid_through_at, 'graceStartedAt', s.grace_started_at, 'cancelAt', s.cancel_at, 'trialEnd', s.trial_end,
        'pauseKind', s.pause_kind, 'billingAnchorAt', s.billing_anchor_at, 'currentPeriodStart', s.current_period_start,
        'currentPeriodEnd', s.current_period_end, 'interval', p.interval, 'intervalCount', p.interval_count, 'graceDays', l.grace_days, 'afterGrace', l.after_grace,
        'features', l.features, 'limits', l.limits, 'provider', b.provider,
        'addOns', (select json_agg(json_build_object('quantity', i.quantity, 'features', al.features, 'limits', al.limits)
            order by i.external_item_id)
          from billhook.subscription_items i join billhook.prices ap on ap.id = i.price_id join billhook.plans al on al.id = ap.plan_id
          where i.organization_id = s.organization_id and i.subscription_id = s.id and i.binding_id = b.id and al.id <> s.plan_id
            and (al.organization_id is null or al.organization_id = o.id))
      ) order by s.product_line, s.id)
      from billhook.subscriptions s join billhook.plans l on l.id = s.plan_id join billhook.prices p on p.id = s.price_id
      left join lateral (select x.id, x.provider from billhook.bindings x where x.organization_id = s.organization_id
        and x.subscription_id = s.id order by x.role = 'billing' desc, x.role = 'ended' desc, x.created_at desc, x.id desc limit 1) b on true
      where s.organization_id = o.id and (s.status in (${live}) or (s.status = 'canceled' and s.paid_through_at > a.at))
        and (l.organization_id is null or l.organization_id = o.id)),
    'grants',
    (select json_agg(json_build_object('feature', g.feature, 'value', g.value -> 'value', 'effect', g.effect, 'expiresAt', g.expires_at)
        order by g.id)
      from billhook.grants g where g.organization_id = o.id and g.revoked_at is null
        and (g.expires_at is null or g.expires_at > a.at)),
    'counters',
    (select json_agg(json_build_object('meterId', c.meter_id, 'startsAt', c.starts_at, 'endsAt', c.ends_at, 'used', c.used::text,
        'lastAt', c.last_at, 'highestLimits', c.highest_limits, 'told', c.told))
      from billhook.usage_counters c where c.organization_id = o.id and (c.ends_at is null or c.ends_at > a.at)),
    'held',
    (select json_agg(json_build_object('meterId', h.meter_id, 'quantity', h.quantity::text)) from (
        select r.meter_id, sum(r.quantity) as quantity from billhook.usage_reservations r
        where r.organization_id = o.id and r.status = 'held' and r.expires_at > a.wall group by r.meter_id) h)))
    from billhook.organizations o where o.id = any (a.ids)) as organizations`)

/** Everything that decides, in one statement and one row. `earliest`: of the clocks that may rule, the one that is furthest behind. */
export const rightsQuestion = (
  organizationIds: readonly string[],
  { earliest, wall }: { earliest: Date; wall: Date },
): Statement =>
  sql`select ${rightsColumns} from (select string_to_array(${organizationIds.join(',')}, ',') as ids,
    ${earliest.toISOString()}::timestamptz as at, ${wall.toISOString()}::timestamptz as wall) a`

/** As JSON has it: instants are text. */
type Json<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] }

interface OrganizationRow {
  id: string
  timeZone: string
  subscriptions: Array<
    Json<Omit<GivingSubscription, 'addOns'>> & { addOns: GivingSubscription['addOns'] | null }
  > | null
  grants: Array<Json<RightsRecord['grants'][number]>> | null
  counters: Array<Json<Omit<Counter, 'used'>> & { used: string }> | null
  held: Array<{ meterId: string; quantity: string }> | null
}

interface RightsRow {
  organizations: OrganizationRow[] | null
  defaultPlans: RightsRecord['defaultPlans'] | null
  meters: Array<Json<Meter>> | null
}

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text))

/** What the question was answered with, by organization. */
export function toRightsRecords(answer: readonly unknown[]): Map<string, RightsRecord> {
  const [{ organizations, defaultPlans, meters } = nobody] = answer as readonly RightsRow[]
  const shared = {
    defaultPlans: defaultPlans ?? [],
    meters: new Map((meters ?? []).map((meter) => [meter.key, { ...meter, createdAt: new Date(meter.createdAt) }])),
  }
  return new Map((organizations ?? []).map((row) => [row.id, { ...shared, ...toOwnRecord(row) }]))
}

const nobody: RightsRow = { organizations: null, defaultPlans: null, meters: null }

const toOwnRecord = (row: OrganizationRow): Omit<RightsRecord, 'defaultPlans' | 'meters'> => ({
  timeZone: row.timeZone,
  subscriptions: (row.subscriptions ?? []).map((subscription) => ({
    ...subscription,
    addOns: subscription.addOns ?? [],
    paidThroughAt: instant(subscription.paidThroughAt),
    graceStartedAt: instant(subscription.graceStartedAt),
    cancelAt: instant(subscription.cancelAt),
    trialEnd: instant(subscription.trialEnd),
    billingAnchorAt: instant(subscription.billingAnchorAt),
    currentPeriodStart: instant(subscription.currentPeriodStart),
    currentPeriodEnd: instant(subscription.currentPeriodEnd),
  })),
  grants: (row.grants ?? []).map((grant) => ({ ...grant, expiresAt: instant(grant.expiresAt) })),
  counters: (row.counters ?? []).map((counter) => ({
    ...counter,
    startsAt: new Date(counter.startsAt),
    endsAt: instant(counter.endsAt),
    lastAt: instant(counter.lastAt),
    used: quantityFromText(counter.used),
  })),
  held: new Map((row.held ?? []).map(({ meterId, quantity }) => [meterId, quantityFromText(quantity)])),
})
