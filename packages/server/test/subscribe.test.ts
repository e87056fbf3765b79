import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

/** A refusal is a load that failed, to the browser; these are answers of ours and not mistakes of the page. */
const expectedConsole = /^Failed to load resource: .* status of (401|402|404|410)\b/

describe('Somebody who opens the printed address, in a browser', () => {
  let service: ServiceRun
  let browser: Browser
  let page: Page
  let remove: () => Promise<void>
  const complaints: string[] = []
  beforeAll(async () => {
    const temporary = await temporaryDirectory()
    remove = temporary.remove
    const starting = startService({ directory: temporary.directory })
    browser = await launchBrowser()
    service = await starting
    await pagesBuilt(service.url)
    page = await (await browser.newContext({ timezoneId: 'America/New_York' })).newPage()
    page.context().setDefaultTimeout(90_000)
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await service?.stop()
    await remove?.()
  })

  const heading = (name: string) => page.getByRole('heading', { level: 1, name })
  const fact = async (term: string) => page.locator('dt', { hasText: term }).locator('xpath=following-sibling::dd')
  const api = (path: string) =>
    page.evaluate(async (url) => (await fetch(url)).json(), `${service.url}/api/v1${path}`) as Promise<
      Record<string, unknown>
    >

  it('is signed in to the demonstration and sees the plans, with no way back to nowhere', async () => {
    const address = /Billhook runs at (\S+)/.exec(service.output())?.[1] ?? ''
    await page.goto(address)
    await heading('Choose a plan').waitFor()
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual(['Starter', 'Pro', 'Team'])
    expect(await page.locator('header').getByText('Demo Company', { exact: true }).isVisible()).toBe(true)
    expect(await page.getByText('Back to').count()).toBe(0)
    await expectAccessible(page)
  })

  it('goes to the provider’s page, where a declined card is explained and nothing is bought', async () => {
    await page.getByRole('button', { name: 'Subscribe : Pro' }).click()
    await heading('Subscribe to Pro').waitFor()
    await expectAccessible(page)
    await page.getByLabel('Or type a test card number').fill('4000000000000002')
    await page.getByRole('button', { name: 'Pay $29.00' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').textContent()).toContain('The card was declined. Nothing was charged')
    await expectAccessible(page)
    const cookies = await page.context().cookies(service.url)
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const current = await fetch(`${service.url}/api/v1/subscriptions/current/`, { headers: { cookie } })
    expect(current.status).toBe(404)
  })

  it('pays on the same page, is told that the payment is being confirmed, and then that it is active', async () => {
    // The answer is held back until the page has been seen waiting for it.
    let hasSeenWaiting = () => {}
    const seen = new Promise<void>((resolve) => {
      hasSeenWaiting = resolve
    })
    await page.route('**/api/v1/checkout-sessions/**', async (route) => {
      await seen
      await route.continue()
    })
    await page.getByLabel('Or type a test card number').fill('4242424242424242')
    await page.getByRole('button', { name: 'Pay $29.00' }).click()
    await heading('Confirming your payment').waitFor()
    await expectAccessible(page)
    hasSeenWaiting()
    await heading('Subscription').waitFor()
    await page.getByText('Thank you. Your subscription has started.').waitFor()
    await page.unroute('**/api/v1/checkout-sessions/**')
    await page.getByText('Active', { exact: true }).waitFor()
    expect(await (await fact('Next renewal')).textContent()).toMatch(/^[A-Z][a-z]+ \d{1,2}, \d{4}$/)
  })

  it('sees the paid invoice, and what the plan includes', async () => {
    const invoice = page.getByRole('row').filter({ hasText: '$29.00' })
    await expect.poll(() => invoice.getByText('Paid', { exact: true }).count(), { timeout: 60_000 }).toBe(1)
    expect(await page.getByRole('row').count()).toBe(2)
    expect(await page.getByText('Up to 20').isVisible()).toBe(true)
    await expectAccessible(page)
  })

  it('cancels after being asked, sees when it ends, and keeps the plan after all', async () => {
    await page.getByRole('button', { name: 'Cancel subscription' }).click()
    const dialog = page.getByRole('dialog', { name: 'Cancel Pro?' })
    await dialog.waitFor()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Cancel subscription' }).click()
    await page.getByText('Will not renew').waitFor()
    expect(await (await fact('Ends on')).textContent()).toMatch(/\d{4}$/)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Keep my plan' }).click()
    await (await fact('Next renewal')).waitFor()
    expect(await page.getByText('Will not renew').count()).toBe(0)
    expect(await api('/subscriptions/current/')).toMatchObject({ status: 'active', cancel_at_period_end: false })
  })

  it('is safe from a page of another origin, which the cookie goes along with but the token does not', async () => {
    const stranger = await startStranger()
    const { id } = await api('/subscriptions/current/')
    const other = await page.context().newPage()
    await other.goto(stranger.url)
    for (const path of [`/subscriptions/${id}/manage-subscription/`, '/portal/leave/']) {
      const answered = other.waitForResponse((response) => response.url().includes(path))
      // Without a body it needs no leave of ours to be sent: this is what a form of that page could do.
      await other.evaluate(
        (url) => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' }),
        `${service.url}/api/v1${path}`,
      )
      // Without the cookie it would be 401.
      expect((await answered).status(), path).toBe(403)
    }
    const read = other.evaluate((url) => fetch(url, { credentials: 'include' }), `${service.url}/api/v1/invoices/`)
    await expect(read).rejects.toThrow('Failed to fetch')
    await other.close()
    await stranger.close()
    expect(await api('/subscriptions/current/')).toMatchObject({ status: 'active', cancel_at_period_end: false })
  })

  it('is told where there is no page, and finds the way back', async () => {
    await page.goto(`${service.url}/portal/nothing`)
    await heading('There is nothing here').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'To your subscription' }).click()
    await heading('Subscription').waitFor()
    for (const [path, title] of [
      ['/nothing', 'Not found'],
      ['/portal/enter?token=used', 'This link does not work'],
    ]) {
      await page.goto(`${service.url}${path}`)
      await heading(title ?? '').waitFor()
      await expectAccessible(page)
    }
  })

  it('has seen no page that complained', () => {
    expect(complaints.filter((text) => !expectedConsole.test(text))).toEqual([])
  })
})

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  expect(found, `what axe says about "${await page.title()}"`).toEqual([])
}

/** A checkout without a build gets its pages at the first start. */
async function pagesBuilt(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if ((await fetch(`${url}/portal/`)).ok) return
    await sleep(200)
  }
  throw new Error('The pages were not built.')
}

/** A page of another origin on the same machine: to cookies the same site, to everything else a stranger. */
async function startStranger(): Promise<{ url: string; close(): Promise<unknown> }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>Elsewhere</title>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close }
}
