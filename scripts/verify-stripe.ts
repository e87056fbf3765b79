// `npm run verify:stripe`: the provider contract against a real Stripe account in test mode. STRIPE_SECRET_KEY names it; arguments name
// groups of checks (`npm run verify:stripe -- refunds checkout`). Exits 0 when all passed, 1 when one failed, 2 when it cannot begin.

export {}

const checkTimeoutMs = 600_000

const key = process.env.STRIPE_SECRET_KEY?.trim() ?? ''
const complaint = complaintAbout(key)
if (complaint) {
  console.error(complaint)
  process.exitCode = 2
} else process.exitCode = await verify(key, process.argv.slice(2))

/** Never shows the key, not even its end. */
function complaintAbout(secretKey: string): string | null {
  if (secretKey.startsWith('sk_test_')) return null
  if (secretKey === '') {
    return 'Set STRIPE_SECRET_KEY to the secret key (sk_test_...) of a Stripe account in test mode, best one of its own: it is filled with customers.'
  }
  if (/^[a-z]+_live_/.test(secretKey))
    return 'STRIPE_SECRET_KEY is a live key. This makes customers and payments: it runs in test mode only (sk_test_...).'
  return 'STRIPE_SECRET_KEY is no secret key of a Stripe account in test mode: it has to start with sk_test_.'
}

async function verify(secretKey: string, groups: string[]): Promise<0 | 1> {
  // Here, so that a key that will not do is refused before all of this is loaded.
  const [{ stripeTestAccount }, { renderResult, renderScores, runContract }, { launchBrowser }, { payOnCheckoutPage }] =
    await Promise.all([
      import('../packages/billhook/src/providers/stripe/testing/live-account.ts'),
      import('../packages/billhook/src/testing/contract/index.ts'),
      import('../packages/server/test/browser.ts'),
      import('./pay-on-checkout-page.ts'),
    ])
  const browser = await launchBrowser()
  try {
    const pay = (url: string, card: string) => payOnCheckoutPage(browser, url, card)
    const report = await runContract(stripeTestAccount(secretKey, pay), {
      timeoutMs: checkTimeoutMs,
      filter: ({ group }) => groups.length === 0 || groups.includes(group),
      onResult: (result) => console.log(renderResult(result)),
    })
    console.log(renderScores(report))
    return report.failed === 0 && report.passed > 0 ? 0 : 1
  } finally {
    await browser.close()
  }
}
