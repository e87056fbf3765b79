// What a buyer does on PayPal's own sandbox page. The names of its fields are not documented; no test of this repository opens it.
import type { Browser, Page } from '@playwright/test'

export interface SandboxBuyer {
  email: string
  password: string
}

/** Signs in and agrees. Where the page leads back to does not exist; being sent there is enough. */
export async function approveOnPaypalPage(browser: Browser, url: string, buyer: SandboxBuyer): Promise<void> {
  const page = await browser.newPage()
  try {
    await page.route(/example\.test/, (route) => route.fulfill({ body: 'back' }))
    await page.goto(url)
    await signIn(page, buyer)
    await page.locator('#confirmButtonTop, #consentButton, [data-testid="submit-button-initial"]').first().click()
    await page.waitForURL(/example\.test/, { timeout: 60_000 })
  } finally {
    await page.close()
  }
}

async function signIn(page: Page, { email, password }: SandboxBuyer): Promise<void> {
  await page.locator('#email').fill(email)
  const next = page.locator('#btnNext')
  if (await next.isVisible()) await next.click()
  await page.locator('#password').fill(password)
  await page.locator('#btnLogin').click()
}
