import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { openPaypalAccount, type PaypalAccount } from './paypal-account.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const key = 'bh_paypal_key_0123456789'

describe('Somebody who pays through PayPal, in the portal', () => {
  let account: PaypalAccount
  let service: ServiceRun
  let browser: Browser
  let page: Page
  let remove: () => Promise<void>
  beforeAll(async () => {
    const temporary = await temporaryDirectory()
    remove = temporary.remove
    account = await openPaypalAccount(temporary.directory)
    const environment = { BILLHOOK_API_KEY: key, ...account.environment }
    const starting = startService({ directory: temporary.directory, environment })
    browser = await launchBrowser()
    service = await starting
    account.listenAt(service.url)
    page = await (await browser.newContext({ timezoneId: 'America/New_York' })).newPage()
    page.context().setDefaultTimeout(90_000)
    await seed()
  }, 240_000)
  afterAll(async () => {
    await browser?.close()
    await service?.stop()
    await account?.emulator.stop()
    await remove?.()
  })

  async function post(path: string, body: object, organization?: string): Promise<Record<string, unknown>> {
    const scope = organization ? { 'x-organization-id': organization } : {}
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...scope }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    const response = await fetch(`${service.url}/api/v1${path}`, init)
    expect(response.status, path).toBeLessThan(300)
    return { ...Object(await response.json()) }
  }

  async function seed(): Promise<void> {
    for (const [name, amount] of [
      ['Pro', 2900],
      ['Team', 9900],
    ] as const) {
      const plan = name.toLowerCase()
      const price = { key: `${plan}-monthly`, currency: 'USD', amount, interval: 'month' }
      await post('/plans/', { key: plan, name, features: { reports: true }, limits: { seats: 5 }, prices: [price] })
      await post(`/plans/${plan}/publish/`, {})
    }
    const facts = { external_id: 'acme', name: 'Acme', email: 'billing@acme.example', country: 'US', currency: 'USD' }
    await post('/organizations/', { ...facts, timezone: 'America/New_York' })
  }

  const heading = (name: string) => page.getByRole('heading', { level: 1, name })
  /** What PayPal has to say arrives, over HTTP and signed. */
  const deliver = async () => {
    const results = await account.emulator.deliver()
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 200))
  }
  const current = () =>
    page.evaluate(async (url) => (await fetch(url)).json(), `${service.url}/api/v1/subscriptions/current/`) as Promise<
      Record<string, unknown>
    >

  it('chooses a plan, and sees it again on PayPal’s page', async () => {
    const { url } = await post('/portal-sessions/', { return_url: `${service.url}/portal/`, role: 'owner' }, 'acme')
    await page.goto(String(url))
    await heading('Choose a plan').waitFor()
    await page.getByRole('button', { name: 'Subscribe : Pro' }).click()
    await page.getByRole('button', { name: 'Agree and subscribe' }).waitFor()
    expect(page.url()).toContain(account.emulator.baseUrl)
    await page.getByRole('button', { name: 'Cancel and return' }).click()
    await heading('Choose a plan').waitFor()
    expect(account.emulator.queued.map(({ event_type }) => event_type)).not.toContain('PAYMENT.SALE.COMPLETED')
  })

  it('agrees, is told that the payment is being confirmed, and then that it is active', async () => {
    await page.getByRole('button', { name: 'Subscribe : Pro' }).click()
    let hasSeenWaiting = () => {}
    const seen = new Promise<void>((resolve) => {
      hasSeenWaiting = resolve
    })
    await page.route('**/api/v1/checkout-sessions/**', async (route) => {
      await seen
      await route.continue()
    })
    await page.getByRole('button', { name: 'Agree and subscribe' }).click()
    await heading('Confirming your payment').waitFor()
    await expectAccessible(page)
    hasSeenWaiting()
    await page.getByText('Thank you. Your subscription has started.').waitFor()
    await page.unroute('**/api/v1/checkout-sessions/**')
    await page.getByText('Active', { exact: true }).waitFor()
  })

  it('sees the bill, paid, with a number of its own, once PayPal told of the money', async () => {
    await deliver()
    const bill = page.getByRole('row').filter({ hasText: '$29.00' })
    await expect.poll(() => bill.getByText('Paid', { exact: true }).count(), { timeout: 60_000 }).toBe(1)
    expect(await bill.getByRole('rowheader').textContent()).toMatch(/^[A-Z0-9]+-0001/)
    await expectAccessible(page)
  })

  it('cancels with the period and keeps the plan after all; PayPal charges nothing meanwhile', async () => {
    await page.getByRole('button', { name: 'Cancel subscription' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel subscription' }).click()
    await page.getByText('Will not renew').waitFor()
    await deliver()
    expect(await current()).toMatchObject({ status: 'active', cancel_at_period_end: true, pause: null })
    const [held] = account.emulator.state.subscriptions.values()
    const statusThere = () => [...account.emulator.state.subscriptions.values()].map(({ status }) => status)
    expect(held && statusThere()).toContain('SUSPENDED')
    await page.getByRole('button', { name: 'Keep my plan' }).click()
    await page.getByText('Your plan stays. It renews as before.').waitFor()
    await deliver()
    expect(await current()).toMatchObject({ status: 'active', cancel_at_period_end: false, pause: null })
    expect(statusThere()).toContain('ACTIVE')
  })

  it('changes the plan, agrees to it at PayPal, and is led back to the portal', async () => {
    await page.getByRole('button', { name: 'Change plan' }).click()
    await page.getByRole('button', { name: /Team/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Switch to Team?' })
    await dialog.getByText('Nothing is due today. The next charge is $99.00 on').waitFor()
    await dialog.getByRole('button', { name: 'Confirm change' }).click()
    await page.getByText('Your change to Team waits for your approval').waitFor()
    await page.getByRole('link', { name: 'Approve the change' }).click()
    await page.getByRole('button', { name: 'Agree to the change' }).click()
    await page.getByText('Your plan has been changed.').waitFor()
    expect(new URL(page.url()).pathname).toBe('/portal/')
    await page.getByRole('heading', { level: 2, name: 'Team' }).waitFor()
    await deliver()
    await expect.poll(async () => (await current()).plan_key, { timeout: 60_000 }).toBe('team')
    await page.goto(`${service.url}/portal/`)
    await page.getByRole('heading', { level: 2, name: 'Team' }).waitFor()
  })

  it('whose next payment fails sees what is owed, and where to change what pays it', async () => {
    for (const { id } of account.emulator.state.subscriptions.values()) account.emulator.changeFunding(id, 'declines')
    account.emulator.clock.advance('P1M')
    await deliver()
    await expect.poll(async () => (await current()).status, { timeout: 60_000 }).toBe('past_due')
    await page.reload()
    await page.getByText('Your last payment did not go through').waitFor()
    const bill = page.getByRole('row').filter({ hasText: '-0002' })
    expect(await bill.getByText('Open', { exact: true }).count()).toBe(1)
    expect(await page.getByRole('button', { name: 'Change payment method' }).count()).toBe(1)
    await expectAccessible(page)
  })
})

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}
