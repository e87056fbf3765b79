import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ContractSteps, customerInput, priceInput } from '../../testing/contract/steps.ts'
import { contractHarnessOver, createSandboxHarness } from '../../testing/sandbox-harness.ts'
import { testCards } from './index.ts'

const form = (fields: Record<string, string>): RequestInit => ({ body: new URLSearchParams(fields) })
const [pays = '', declines = '', , confirms = ''] = testCards.map((card) => card.number)

async function openSession(
  options: { trialDays?: number; planName?: string; customerName?: string; successUrl?: string } = {},
) {
  const sandbox = createSandboxHarness()
  const steps = new ContractSteps(contractHarnessOver(sandbox))
  const buyer = { ...customerInput, name: options.customerName ?? 'Acme' }
  const { externalCustomerId } = await sandbox.provider.createCustomer(buyer, steps.operation('create_customer', buyer))
  const input = priceInput()
  input.plan.name = options.planName ?? 'Pro'
  const { externalPriceId } = await sandbox.provider.publishPrice(input, steps.operation('publish_price', input))
  const { trialDays = 0, successUrl = 'https://shop.example.test/ok' } = options
  const session = await steps.checkout({ externalCustomerId, externalPriceId, trialDays, successUrl })
  const path = new URL(session.url ?? '').pathname
  const status = async () => (await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status
  return { sandbox, steps, session, path, externalCustomerId, externalPriceId, status }
}

describe('the hosted checkout page', () => {
  it('leads the buyer who has paid back, whatever letters the shop’s address is written in', async () => {
    const { sandbox, path } = await openSession({ successUrl: 'https://shop.example.test/zurück?von=東京' })
    const answer = await sandbox.call('POST', path, form({ card: pays }))
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('https://shop.example.test/zur%C3%BCck?von=%E6%9D%B1%E4%BA%AC')
  })

  it('shows who pays what for how long, a field named card, and the buttons Pay and Cancel', async () => {
    const { sandbox, path } = await openSession({ trialDays: 14 })
    const answer = await sandbox.call('GET', path)
    const page = await answer.text()
    expect(answer.status).toBe(200)
    for (const text of ['Acme', 'Pro', '14 days', '$29.00 per month', 'no money moves']) expect(page).toContain(text)
    expect(page.match(/<input[^>]* name="card"/g)).toHaveLength(1)
    expect(page).toMatch(/<button[^>]*>Pay \$0\.00/)
    expect(page).toMatch(/<button[^>]*>Cancel</)
  })

  it('escapes everything that others have named', async () => {
    const evil = `<img src=x onerror="alert('1')">`
    const { sandbox, path } = await openSession({ planName: evil, customerName: evil })
    const page = await (await sandbox.call('GET', path)).text()
    expect(page).not.toContain('<img')
    expect(page).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;')
  })

  it('lets nothing run and loads nothing but the style whose hash its policy names', async () => {
    const { sandbox, path } = await openSession()
    const answer = await sandbox.call('GET', path)
    const policy = answer.headers.get('content-security-policy') ?? ''
    const style = /<style>([\s\S]*?)<\/style>/.exec(await answer.text())?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(policy).not.toContain('script-src')
  })

  it('sends the buyer who cancels back to the shop and keeps the session open', async () => {
    const { sandbox, path, status } = await openSession()
    const answer = await sandbox.call('POST', path, form({ action: 'cancel' }))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://shop.example.test/no'])
    expect(await status()).toBe('open')
  })

  it('takes a chosen test card, and a typed number before a chosen one', async () => {
    const { sandbox, path, status } = await openSession()
    expect((await sandbox.call('POST', path, form({ test_card: pays, card: declines }))).status).toBe(402)
    expect(await status()).toBe('open')
    expect((await sandbox.call('POST', path, form({ test_card: pays, card: '' }))).status).toBe(303)
    expect(await status()).toBe('complete')
  })

  it('never repeats a number that is no test card, for it may be a real one', async () => {
    const { sandbox, path, status } = await openSession()
    const answer = await sandbox.call('POST', path, form({ card: '5105105105105100' }))
    expect(answer.status).toBe(422)
    expect(await answer.text()).not.toContain('5105105105105100')
    expect(JSON.stringify(await sandbox.stateStore.list(''))).not.toContain('5105105105105100')
    expect(await status()).toBe('open')
  })

  it('of an expired session says so, and charges nothing', async () => {
    const { sandbox, path, externalCustomerId } = await openSession()
    sandbox.clock.advanceMs(25 * 60 * 60 * 1000)
    expect((await sandbox.call('GET', path)).status).toBe(410)
    expect((await sandbox.call('POST', path, form({ card: pays }))).status).toBe(410)
    expect((await sandbox.provider.listInvoices({ externalCustomerId })).data).toEqual([])
  })

  it('of a complete session sends on to the shop and charges nothing again', async () => {
    const { sandbox, path, externalCustomerId } = await openSession()
    for (let times = 0; times < 2; times += 1) {
      const answer = await sandbox.call('POST', path, form({ card: pays }))
      expect([answer.status, answer.headers.get('location')]).toEqual([303, 'https://shop.example.test/ok'])
    }
    expect(await (await sandbox.call('GET', path)).text()).toContain('https://shop.example.test/ok')
    expect((await sandbox.provider.listInvoices({ externalCustomerId })).data).toHaveLength(1)
  })

  it('of an unknown session is 404', async () => {
    const { sandbox } = await openSession()
    expect((await sandbox.call('GET', '/sandbox/checkout/sbx_cs_none')).status).toBe(404)
    expect((await sandbox.call('POST', '/sandbox/checkout/sbx_cs_none', form({ card: pays }))).status).toBe(404)
  })

  it('is never made for a URL that no browser should follow', async () => {
    const { sandbox, steps, externalCustomerId, externalPriceId } = await openSession()
    for (const url of ['javascript:alert(1)', 'data:text/html,x', '/relative', '']) {
      const input = {
        externalCustomerId,
        externalPriceId,
        quantity: 1,
        trialDays: 0,
        successUrl: url,
        cancelUrl: url,
        reference: {},
      }
      const making = sandbox.provider.createCheckoutSession(input, steps.operation('create_checkout_session', input))
      await expect(making).rejects.toMatchObject({ code: 'provider_rejected' })
    }
  })

  it('makes one subscription out of two clicks at once', async () => {
    const sandbox = createSandboxHarness()
    const steps = new ContractSteps(contractHarnessOver(sandbox))
    const { externalCustomerId } = await steps.customer()
    const { externalPriceId } = await steps.price()
    const session = await steps.checkout({ externalCustomerId, externalPriceId })
    const path = new URL(session.url ?? '').pathname
    const answers = await Promise.all([1, 2].map(() => sandbox.call('POST', path, form({ card: pays }))))
    expect(answers.map((answer) => answer.status)).toEqual([303, 303])
    expect((await sandbox.provider.listSubscriptions({ externalCustomerId })).data).toHaveLength(1)
    expect((await sandbox.provider.listInvoices({ externalCustomerId })).data).toHaveLength(1)
  })

  it('asks for confirmation once, and charges only after it', async () => {
    const sandbox = createSandboxHarness()
    const steps = new ContractSteps(contractHarnessOver(sandbox))
    const { externalCustomerId } = await steps.customer()
    const { externalPriceId } = await steps.price()
    const session = await steps.checkout({ externalCustomerId, externalPriceId })
    const path = new URL(session.url ?? '').pathname
    const asked = await sandbox.call('POST', path, form({ card: confirms }))
    expect(asked.status).toBe(200)
    expect(await asked.text()).toContain('Confirm with your bank')
    expect((await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('open')
    const refused = await sandbox.call('POST', path, form({ card: confirms, confirm: 'no' }))
    expect(refused.status).toBe(402)
    const confirmed = await sandbox.call('POST', path, form({ card: confirms, confirm: 'yes' }))
    expect(confirmed.status).toBe(303)
    expect((await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('complete')
  })

  it('shows a declined card on the page, leaves the session open and makes nothing', async () => {
    const sandbox = createSandboxHarness()
    const steps = new ContractSteps(contractHarnessOver(sandbox))
    const { externalCustomerId } = await steps.customer()
    const { externalPriceId } = await steps.price()
    const session = await steps.checkout({ externalCustomerId, externalPriceId })
    const answer = await sandbox.call('POST', new URL(session.url ?? '').pathname, form({ card: declines }))
    expect(answer.status).toBe(402)
    expect(await answer.text()).toContain('The card was declined')
    expect((await sandbox.provider.retrieveCheckoutSession(session.externalSessionId)).status).toBe('open')
    expect((await sandbox.provider.listInvoices({ externalCustomerId })).data).toHaveLength(0)
  })
})
