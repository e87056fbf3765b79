import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'
import { type ServiceRun, startService, temporaryDirectory } from './run-service.ts'

const sandbox = new URL('../../billhook/src/providers/sandbox/index.ts', import.meta.url).href
const platformKey = 'bh_portal_emulated_0123456789'
/** A provider that can only end at once, shows no previews, and asks its buyers about every change. */
const config = `import { sandboxProvider } from '${sandbox}'
const options = { without: ['scheduled_ends', 'previews'], changes: 'approved' }
export default { providers: { sandbox: sandboxProvider(options) }, defaultProvider: 'sandbox' }`

describe('Somebody whose provider lacks scheduled ends and previews, in the portal', () => {
  let service: ServiceRun
  let browser: Browser
  let page: Page
  let remove: () => Promise<void>
  beforeAll(async () => {
    const temporary = await temporaryDirectory()
    remove = temporary.remove
    await writeFile(join(temporary.directory, 'billhook.config.ts'), config)
    const environment = { BILLHOOK_API_KEY: platformKey }
    const starting = startService({ directory: temporary.directory, environment })
    browser = await launchBrowser()
    service = await starting
    page = await (await browser.newContext({ timezoneId: 'America/New_York' })).newPage()
    page.context().setDefaultTimeout(90_000)
    await subscribe()
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await service?.stop()
    await remove?.()
  })

  const heading = (name: string) => page.getByRole('heading', { level: 1, name })
  const subscribe = async () => {
    await page.goto(`${service.url}/demo`)
    await page.getByRole('button', { name: 'Subscribe : Pro' }).click()
    await page.getByLabel('Or type a test card number').fill('4242424242424242')
    await page.getByRole('button', { name: 'Pay $29.00' }).click()
    await heading('Subscription').waitFor()
    await page.getByText('Active', { exact: true }).waitFor()
  }
  const current = () =>
    page.evaluate(async (url) => (await fetch(url)).json(), `${service.url}/api/v1/subscriptions/current/`) as Promise<
      Record<string, unknown>
    >

  it('cancels with the period and keeps the plan after all, as with any provider', async () => {
    await page.getByRole('button', { name: 'Cancel subscription' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel subscription' }).click()
    await page.getByText('Will not renew').waitFor()
    expect(await page.getByText('Active', { exact: true }).count()).toBe(1)
    expect(await page.getByText('paused').count()).toBe(0)
    expect(await current()).toMatchObject({ status: 'active', cancel_at_period_end: true, pause: null })
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Keep my plan' }).click()
    await page.getByText('Your plan stays. It renews as before.').waitFor()
    expect(await current()).toMatchObject({ status: 'active', cancel_at_period_end: false, pause: null })
  })

  it('changes the plan, sees what it costs, and where it is to be approved until when', async () => {
    await page.getByRole('button', { name: 'Change plan' }).click()
    await page.getByRole('button', { name: /Team/ }).click()
    const dialog = page.getByRole('dialog', { name: 'Switch to Team?' })
    await dialog.getByText('Nothing is due today. The next charge is $99.00 on').waitFor()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Confirm change' }).click()
    await page.getByText('Your change to Team waits for your approval').waitFor()
    expect(await page.getByText(/The offer ends on .* at /).count()).toBe(1)
    await expectAccessible(page)
    expect(await current()).toMatchObject({ plan_key: 'pro' })
  })

  it('approves it on the provider’s page, and has the new plan', async () => {
    await page.getByRole('link', { name: 'Approve the change' }).click()
    await heading('Approve your new plan').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await heading('Your new plan is approved').waitFor()
    await page.goto(`${service.url}/portal/`)
    await expect.poll(async () => (await current()).plan_key, { timeout: 60_000 }).toBe('team')
    await page.reload()
    await page.getByRole('heading', { level: 2, name: 'Team' }).waitFor()
    expect(await page.getByText('waits for your approval').count()).toBe(0)
  })

  it('sees what was used and comes to, which nobody bills; a metered price is nothing to choose', async () => {
    const { organization_id } = await current()
    const change = async (method: string, path: string, body: object) => {
      const headers = {
        authorization: `Bearer ${platformKey}`,
        'content-type': 'application/json',
        ...(path === '/usage/' && { 'x-organization-id': String(organization_id) }),
      }
      const answer = await fetch(`${service.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) })
      expect(answer.ok, await answer.text()).toBe(true)
    }
    const metered = {
      key: 'team-calls',
      currency: 'USD',
      interval: 'month',
      meter: 'api_calls',
      unit_amount_decimal: '2.5',
    }
    await change('POST', '/meters/', { key: 'api_calls', aggregation: 'sum' })
    await change('PATCH', '/plans/team/', { prices: [metered] })
    await change('POST', '/usage/', { id: 'a', meter: 'api_calls', quantity: 1_001 })
    await page.reload()
    const usage = page.getByRole('row', { name: /API calls/ })
    await usage.getByText('1,001').waitFor()
    await usage.getByText('$25.03').waitFor()
    await usage.getByText('not billed').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Change plan' }).click()
    await page.getByRole('heading', { level: 1, name: 'Change plan' }).waitFor()
    await page.getByRole('heading', { level: 2, name: 'Team' }).waitFor()
    expect(await page.getByText('team-calls').count()).toBe(0)
    expect(await page.getByText('$0', { exact: true }).count()).toBe(0)
  })
})

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}
