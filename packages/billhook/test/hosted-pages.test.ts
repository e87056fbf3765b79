import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestBilling, type TestBilling } from '../src/testing/create-test-billing.ts'

let billing: TestBilling
beforeAll(async () => {
  billing = await createTestBilling()
})
afterAll(() => billing.close())

it('says that there is nothing where no link of ours leads, also for ids that the database cannot hold', async () => {
  for (const page of ['checkout', 'invoices', 'portal']) {
    for (const id of ['%00', '%ED%A0%80', 'sbx_cs_1', '__proto__', 'x'.repeat(5000), '..%2Fmeta%2Fcounters']) {
      for (const method of ['GET', 'POST']) {
        const answer = await billing.handler(new Request(`http://billhook.test/sandbox/${page}/${id}`, { method }))
        expect(answer.status, `${method} ${page}/${id.slice(0, 20)}`).toBe(404)
        expect(answer.headers.get('content-type')).toContain('text/html')
      }
    }
  }
})
