// What a buyer does on Stripe's own checkout page. The names of its fields are not documented; no test of this repository opens it.
import type { Browser, Page } from '@playwright/test'

/** Stripe's hosted checkout page. Where it leads back to does not exist; being sent there is enough. */
export async function payOnCheckoutPage(browser: Browser, url: string, card: string): Promise<void> {
  const page = await browser.newPage()
  try {
    await page.route(/example\.test/, (route) => route.fulfill({ body: 'back' }))
    await page.goto(url)
    await fillCard(page, card)
    await page.getByTestId('hosted-payment-submit-button').click()
    const refused = page.getByText(/declined/i).first()
    await Promise.race([page.waitForURL(/example\.test/, { timeout: 60_000 }), refused.waitFor({ timeout: 60_000 })])
  } finally {
    await page.close()
  }
}

async function fillCard(page: Page, card: string): Promise<void> {
  await page.locator('#cardNumber').fill(card)
  await page.locator('#cardExpiry').fill('12 / 40')
  await page.locator('#cardCvc').fill('123')
  for (const [field, value] of Object.entries({ '#billingName': 'Contract', '#billingPostalCode': '10001' })) {
    const input = page.locator(field)
    if (await input.isVisible()) await input.fill(value)
  }
}
