import { afterEach, beforeEach, expect, it } from 'vitest'
import { type BillhookClient, type ClientOptions, createClient } from '../src/client/index.ts'
import { testApiKey } from '../src/testing/create-test-billing.ts'
import { addOrganizationIn, openUsageShop, type UsageShop } from './support/usage-shop.ts'
import { openReceiver } from './support/webhook-receiver.ts'

let shop: UsageShop
let receiver: Awaited<ReturnType<typeof openReceiver>>
let secret: string
let statuses: number[]
let clients: BillhookClient[]
beforeEach(async () => {
  receiver = await openReceiver()
  shop = await openUsageShop({ settings: { allowPrivateWebhooks: true } })
  const made = await shop.billing.createWebhookEndpoint({ organizationId: null, url: receiver.url(), actor: 'test' })
  secret = made.secret
  ;[statuses, clients] = [[], []]
})
afterEach(async () => {
  for (const client of clients) await client.close()
  await shop.close()
  await receiver.close()
})

const send: typeof fetch = async (input, init) => {
  const response = await shop.billing.handler(new Request(input, init))
  statuses.push(response.status)
  return response
}
const open = async (options: Partial<ClientOptions> = {}): Promise<BillhookClient> => {
  const client = await createClient({
    ...{ url: shop.billing.baseUrl, apiKey: testApiKey, whenUnreachable: 'deny', fetch: send },
    now: () => shop.billing.clock.now().getTime(),
    ...options,
  })
  clients.push(client)
  return client
}
/** A change, and what the service sends of it. */
const change = async () => {
  const grant = { feature: 'sso', value: true, reason: 'a pilot', actor: 'test' }
  await shop.billing.createGrant({ ...grant, organizationId: shop.organizationId })
  await shop.billing.runJobs()
  expect(receiver.received).toHaveLength(1)
  return receiver.received
}

it('asks at once for what a webhook says has changed, of that organization alone, by whatever name it goes', async () => {
  const client = await open({ webhookSecret: secret })
  const [byName, byId] = [await client.entitlementsOf('acme'), await client.entitlementsOf(shop.organizationId)]
  await client.entitlementsOf(await addOrganizationIn(shop.billing, 'other'))
  const before = statuses.length
  for (const webhook of await change()) {
    expect([byName.allows('sso'), byId.allows('sso')]).toEqual([false, false])
    await client.receiveWebhook(webhook)
  }
  expect([byName.allows('sso'), byId.allows('sso')]).toEqual([true, true])
  expect(statuses.slice(before)).toEqual([200, 200])
})

it('asks again where it was asking when the change came', async () => {
  let isHeld = false
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const client = await open({
    webhookSecret: secret,
    fetch: async (input, init) => {
      const response = await send(input, init)
      if (isHeld) await held
      return response
    },
  })
  const entitlements = await client.entitlementsOf('acme')
  isHeld = true
  const asking = entitlements.refresh()
  await expect.poll(() => statuses.length).toBe(2 + 1)
  const [webhook] = await change()
  if (!webhook) throw new Error('nothing was sent')
  const hearing = client.receiveWebhook(webhook)
  isHeld = false
  release()
  await asking
  await hearing
  expect(entitlements.allows('sso')).toBe(true)
})

it('hears no webhook that the service has not signed, and asks nothing for it', async () => {
  const client = await open({ webhookSecret: secret })
  const deaf = await open()
  await client.entitlementsOf('acme')
  const before = statuses.length
  for (const { body, headers } of await change()) {
    const forged = client.receiveWebhook({ body: body.replace('"sequence":1', '"sequence":2'), headers })
    await expect(forged).rejects.toMatchObject({ code: 'webhook_signature_wrong' })
    await expect(deaf.receiveWebhook({ body, headers })).rejects.toMatchObject({ code: 'webhook_secret_required' })
  }
  expect(statuses).toHaveLength(before)
})
