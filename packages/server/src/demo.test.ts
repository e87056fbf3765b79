import { expect, it } from 'vitest'
import { makeDemo } from './demo.ts'

const asked: string[] = []
const handler = async (request: Request) => {
  asked.push(`${request.method} ${new URL(request.url).pathname}`)
  return Response.json({ url: 'https://billing.example/portal/enter?token=t' }, { status: 201 })
}
const demo = makeDemo({ handler, platformKey: 'k', baseUrl: 'https://billing.example' })

it('signs in whoever asks this machine by a loopback name, and stays at that name', async () => {
  for (const origin of ['http://localhost:4242', 'http://127.0.0.1:4242', 'http://[::1]:4242']) {
    const entered = await demo.enter(new Request(`${origin}/demo`))
    expect(entered.status).toBe(303)
    expect(entered.headers.get('location')).toBe('/portal/enter?token=t')
  }
})

it('refuses every other name, so that no page elsewhere can point its own name here', async () => {
  asked.length = 0
  for (const origin of ['http://evil.example:4242', 'http://127.0.0.1.evil.example', 'http://10.0.0.1']) {
    expect((await demo.enter(new Request(`${origin}/demo`))).status).toBe(403)
  }
  expect(asked).toEqual([])
})
