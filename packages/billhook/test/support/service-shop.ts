import type { z } from '@hono/zod-openapi'
import { sql } from 'drizzle-orm'
import { asPlatform, inOrganization } from '../../src/db/index.ts'
import type { billingEventSchema } from '../../src/http/schemas/billing-event.ts'
import type { checkoutSessionSchema } from '../../src/http/schemas/checkout-session.ts'
import type { invoiceSchema } from '../../src/http/schemas/invoice.ts'
import type { planSchema } from '../../src/http/schemas/plan.ts'
import type { subscriptionSchema } from '../../src/http/schemas/subscription.ts'
import type { TestBilling } from '../../src/testing/index.ts'

export type SessionJson = z.infer<typeof checkoutSessionSchema>
export type SubscriptionJson = z.infer<typeof subscriptionSchema>
export type InvoiceJson = z.infer<typeof invoiceSchema>
export type PlanJson = z.infer<typeof planSchema>
export type EventJson = z.infer<typeof billingEventSchema>

/** A service with two published prices (`pro-monthly` 49.00, `business-monthly` 99.00 EUR) and an organization, whatever it is paid through. */
export class ServiceShop {
  readonly billing: TestBilling
  readonly provider: string
  organization = ''
  /** What each checkout asks for besides, such as a provider that is not the default. */
  asks: object = {}
  readonly plans: PlanJson[] = []

  constructor(billing: TestBilling, provider: string) {
    this.billing = billing
    this.provider = provider
  }

  async open(trialDays: number): Promise<void> {
    this.organization = await this.addOrganization('acme')
    for (const [key, amount, days] of [
      ['pro', 4900, trialDays],
      ['business', 9900, 0],
    ] as const) {
      const price = { key: `${key}-monthly`, currency: 'EUR', amount, interval: 'month', trial_days: days }
      const plan = { key, name: key, features: { [key]: true }, limits: { seats: amount / 100 }, prices: [price] }
      const { id } = await this.made<PlanJson>('/plans/', plan)
      this.plans.push(await this.made<PlanJson>(`/plans/${id}/publish/`, { provider: this.provider }))
    }
  }

  async addOrganization(externalId: string): Promise<string> {
    const body = {
      external_id: externalId,
      name: externalId,
      email: `${externalId}@example.test`,
      country: 'DE',
      currency: 'EUR',
      timezone: 'Europe/Berlin',
    }
    return (await this.made<{ id: string }>('/organizations/', body)).id
  }

  /** A call of the platform that must succeed. */
  private async made<T>(path: string, body: object): Promise<T> {
    const { status, json } = await this.call<T>('POST', path, body, null)
    if (status >= 400) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(json)}`)
    return json
  }

  /** A call of the REST API; the route's schema says what comes back. An answer that is an error is returned like any other. */
  async call<T>(method: string, path: string, body?: unknown, organization: string | null = this.organization) {
    const answer = await this.billing.call(method, `/api/v1${path}`, {
      body,
      ...(organization === null ? {} : { organization }),
    })
    return { status: answer.status, json: answer.json as T }
  }

  checkout(price = 'pro-monthly', more: object = {}) {
    const body = {
      price_id: price,
      success_url: 'https://app.example.test/ok',
      cancel_url: 'https://app.example.test/no',
      ...this.asks,
      ...more,
    }
    return this.call<SessionJson & { code?: string }>('POST', '/subscriptions/create-checkout-session/', body)
  }

  async current(): Promise<SubscriptionJson> {
    return (await this.call<SubscriptionJson>('GET', '/subscriptions/current/')).json
  }

  async manage(action: string, more: object = {}) {
    const { id } = await this.current()
    const answer = this.call<{ outcome: string; operation_id?: string; subscription: SubscriptionJson; code?: string }>
    return answer.call(this, 'POST', `/subscriptions/${id}/manage-subscription/`, { action, ...more })
  }

  async invoices(): Promise<InvoiceJson[]> {
    return (await this.call<{ data: InvoiceJson[] }>('GET', '/invoices/')).json.data
  }

  /** BillingEvents, in order. */
  async told(): Promise<EventJson[]> {
    return (await this.call<{ data: EventJson[] }>('GET', '/events/?limit=100')).json.data
  }

  async toldTypes(prefix = ''): Promise<string[]> {
    return (await this.told()).map(({ type }) => type).filter((type) => type.startsWith(prefix))
  }

  async inbox() {
    const answer = this.call<{ data: Array<{ type: string; status: string; reason: string | null }> }>
    return (await answer.call(this, 'GET', '/admin/webhook-events/?limit=100', undefined, null)).json.data
  }

  async alerts() {
    const answer = this.call<{
      data: Array<{ kind: string; subject: string; detail: string; resolved_at: string | null }>
    }>
    return (await answer.call(this, 'GET', '/admin/alerts/', undefined, null)).json.data
  }

  /** Rows as the organization's own role sees them. */
  rows(query: string): Promise<Array<Record<string, unknown>>> {
    return inOrganization(this.billing.ctx.db, this.organization, async ({ tx }) =>
      rowsOf(await tx.execute(sql.raw(query))),
    )
  }

  /** Rows of the tables that belong to no organization. */
  platformRows(query: string): Promise<Array<Record<string, unknown>>> {
    return asPlatform(this.billing.ctx.db, async ({ tx }) => rowsOf(await tx.execute(sql.raw(query))))
  }

  post(
    body: string,
    headers: Record<string, string>,
    path = `/api/v1/billing/webhooks/${this.provider}/`,
  ): Promise<Response> {
    return this.billing.handler(new Request(this.billing.baseUrl + path, { method: 'POST', body, headers }))
  }
}

// What a raw statement answers is known to whoever wrote it.
const rowsOf = (result: unknown) => (result as { rows: Array<Record<string, unknown>> }).rows
