// A product's process that records usage until it is killed: `usage-sender <url> <directory> <first number>`. Prints each number once it is kept.
import { createClient } from '../../src/client/index.ts'
import { testApiKey } from '../../src/testing/create-test-billing.ts'

const [url = '', directory = '', first = '0'] = process.argv.slice(2)
const client = await createClient({
  ...{ url, apiKey: testApiKey, whenUnreachable: 'last_known' },
  usage: {
    directory,
    deliverEveryMs: 5,
    onRejected: (rejected) => process.stdout.write(`rejected ${rejected.length}\n`),
  },
})
if (first === 'deliver') {
  while (!(await client.flush())) await new Promise((resolve) => setTimeout(resolve, 20))
  process.stdout.write(`waiting ${client.waiting}\n`)
  await client.close()
} else {
  for (let n = Number(first); ; n++) {
    await client.record({ organization: 'acme', meter: 'calls', id: `n${n}` })
    // Said before the next is kept, also to a parent that is too busy to listen: what waits in here dies with this process.
    await new Promise((said) => process.stdout.write(`${n}\n`, said))
  }
}
