import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readConfiguration } from '../../server/src/configuration.ts'
import * as handlerModule from '../src/domain/sync/handlers.ts'
import * as library from '../src/index.ts'
import * as stripe from '../src/providers/stripe/index.ts'
import { shopFor } from './support/stripe-shop.ts'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** The upgrade guide's tables: heading to rows of (original name, name here). */
function readGuide(): Map<string, Array<[string, string]>> {
  const tables = new Map<string, Array<[string, string]>>()
  for (const section of read('../../../docs/upgrade-from-stripe-only.md').split(/^## /m).slice(1)) {
    const rows = [...section.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|$/gm)]
    tables.set(
      section.slice(0, section.indexOf('\n')),
      rows.map(([, original = '', here = '']): [string, string] => [original, here]),
    )
  }
  return tables
}

const guide = readGuide()
const here = (heading: string): string[] => (guide.get(heading) ?? []).map(([, name]) => name)

describe('The map of the original names', () => {
  it('leaves out none of them', () => {
    const originals = [...guide.values()].flat().map(([original]) => original)
    const promised = `BasePaymentProvider StripeProvider provider_name PaymentProviderFactory register_provider get_provider
      create_customer get_or_create_customer create_checkout_session cancel_subscription reactivate_subscription
      update_subscription_plan sync_subscription_from_provider sync_invoice_from_provider check_feature_access check_limit
      construct_webhook_event handle_webhook_event PaymentWebhookView StripeWebhookView handle_checkout_completed
      handle_subscription_created handle_subscription_updated handle_subscription_deleted handle_invoice_created
      handle_invoice_finalized handle_invoice_payment_succeeded handle_invoice_payment_failed PAYMENT_PROVIDER
      STRIPE_SECRET_KEY STRIPE_PUBLISHABLE_KEY STRIPE_WEBHOOK_SECRET stripe_price_id stripe_product_id
      stripe_subscription_id stripe_customer_id stripe_invoice_id stripe_payment_intent_id billing_plan
      billing_subscription billing_invoice`
    expect(originals).toEqual(expect.arrayContaining(promised.split(/\s+/)))
  })

  it('names exports and types of the library', () => {
    const contract = read('../src/providers/provider.ts')
    const types = read('../src/billing.ts') + contract
    const known = { ...library, ...stripe }
    const missing = here('Library').filter(
      (name) => !(name in known) && !new RegExp(`export (interface|type) ${name}\\b`).test(types),
    )
    expect(missing).toEqual([])
    expect(here('Library').length).toBeGreaterThan(0)
  })

  it('names handlers that the table of event kinds uses', () => {
    const used = Object.values(handlerModule.handlers).map(({ handle }) => handle)
    const byName: Record<string, unknown> = { ...handlerModule }
    for (const name of here('Webhook handlers')) expect(used, name).toContain(byName[name])
    expect(here('Webhook handlers')).toHaveLength(8)
  })

  it('names methods that are there, on the service, the factory, the provider and StripeService', async () => {
    const shop = await shopFor()
    const objects = {
      BillingService: shop.billing,
      PaymentProviderFactory: shop.billing.providers,
      BasePaymentProvider: shop.billing.providers.getProvider('stripe'),
      StripeService: new library.StripeService(shop.billing),
    }
    for (const [heading, object] of Object.entries(objects)) {
      expect(here(heading).length, heading).toBeGreaterThan(0)
      for (const name of here(heading)) {
        const kind = name === 'providerName' ? 'string' : 'function'
        expect(typeof Reflect.get(object, name), `${heading}.${name}`).toBe(kind)
      }
    }
  })

  it('names addresses that take webhooks', async () => {
    const shop = await shopFor({ legacyStripeWebhookPath: '/webhooks/stripe/' })
    expect(here('Webhook addresses')).toHaveLength(2)
    for (const path of here('Webhook addresses')) {
      const answer = await shop.post('{}', { 'stripe-signature': 't=1,v1=00' }, path)
      expect({ path, status: answer.status }).toEqual({ path, status: 400 })
      expect(await answer.json()).toMatchObject({ code: 'invalid_signature' })
    }
  })

  it('names variables that the service reads', () => {
    const value: Record<string, string> = {
      PAYMENT_PROVIDER: 'stripe',
      STRIPE_SECRET_KEY: 'sk_test_1',
      STRIPE_PUBLISHABLE_KEY: 'pk_test_1',
      STRIPE_WEBHOOK_SECRET: 'whsec_1',
      PAYPAL_CLIENT_ID: 'client-1',
      PAYPAL_CLIENT_SECRET: 'secret-1',
      PAYPAL_MODE: 'sandbox',
      PAYPAL_WEBHOOK_ID: 'WH-1',
    }
    const { variables } = readConfiguration(value)
    expect(here('Environment').sort()).toEqual(Object.keys(value).sort())
    for (const name of here('Environment')) expect(String(Reflect.get(variables, name))).toBe(value[name])
  })

  it('names columns that can be selected', async () => {
    const shop = await shopFor()
    expect(here('SQL')).toHaveLength(9)
    for (const name of here('SQL')) {
      const [schema, table, column] = name.split('.')
      await expect(shop.rows(`select ${column} from ${schema}.${table}`), name).resolves.toBeInstanceOf(Array)
    }
  })
})
