// `npm run verify:paypal`: the provider contract against a real PayPal sandbox account, as far as it goes there: time cannot be moved. The keys
// of a REST app in PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET, a personal test account in PAYPAL_BUYER_EMAIL and PAYPAL_BUYER_PASSWORD;
// arguments name groups of checks. Exits 0 when nothing failed that could be tried, 1 when something did, 2 when it cannot begin.

export {}

const checkTimeoutMs = 300_000
const needed = ['PAYPAL_CLIENT_ID', 'PAYPAL_CLIENT_SECRET', 'PAYPAL_BUYER_EMAIL', 'PAYPAL_BUYER_PASSWORD'] as const

const complaint = complaintAbout(process.env)
if (complaint) {
  console.error(complaint)
  process.exitCode = 2
} else process.exitCode = await verify(process.argv.slice(2))

/** Never shows a value. */
function complaintAbout(environment: NodeJS.ProcessEnv): string | null {
  if (environment.PAYPAL_MODE?.trim() === 'live')
    return 'PAYPAL_MODE is live. This makes plans and subscriptions: it runs against the sandbox only.'
  const missing = needed.filter((name) => !environment[name]?.trim())
  return missing.length === 0
    ? null
    : `Set ${missing.join(', ')}: a REST app of a PayPal sandbox account, best one of its own, and a personal test account that buys.`
}

async function verify(groups: string[]): Promise<0 | 1> {
  // Here, so that what is missing is said before all of this is loaded.
  const [
    { notPossible, paypalSandboxAccount },
    { renderResult, runContract },
    { launchBrowser },
    { approveOnPaypalPage },
  ] = await Promise.all([
    import('../packages/billhook/src/providers/paypal/testing/live-account.ts'),
    import('../packages/billhook/src/testing/contract/index.ts'),
    import('../packages/server/test/browser.ts'),
    import('./approve-on-paypal-page.ts'),
  ])
  const [clientId = '', clientSecret = '', email = '', password = ''] = needed.map((name) => process.env[name]?.trim())
  const browser = await launchBrowser()
  const counts = { passed: 0, failed: 0, notTried: 0 }
  try {
    const approve = (url: string) => approveOnPaypalPage(browser, url, { email, password })
    await runContract(paypalSandboxAccount({ clientId, clientSecret }, approve), {
      timeoutMs: checkTimeoutMs,
      filter: ({ group }) => groups.length === 0 || groups.includes(group),
      onResult: (result) => {
        const isOutOfReach = result.outcome === 'not_applicable' || result.message?.includes(notPossible) === true
        if (isOutOfReach) counts.notTried += 1
        else if (result.outcome === 'passed') counts.passed += 1
        else counts.failed += 1
        console.log(
          isOutOfReach ? `not tried: ${result.group}, ${result.name} (${result.message})` : renderResult(result),
        )
      },
    })
  } finally {
    await browser.close()
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.notTried} could not be tried`)
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1
}
