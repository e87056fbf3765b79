import { expect, it } from 'vitest'
import { makeDemo } from './demo.ts'

const asked: string[] = []
const handler = async (request: Request) => {
  asked.push(`${request.method} ${new URL(request.url).pathname}`)
  return Response.json({ url: 'https://billing.example/portal/enter?token=t' }, { status: 201 })
}
const demo = makeDemo({ handler, platformKey: 'k', baseUrl: 'https://billing.example' })
const enter = async (origin: string) => demo.entranceAt('127.0.0.1')?.(new Request(`${origin}/demo`))

it('signs in whoever asks this machine by a loopback name, and stays at that name', async () => {
  for (const origin of ['http://localhost:4242', 'http://127.0.0.1:4242', 'http://[::1]:4242']) {
    const entered = await enter(origin)
    expect(entered?.status).toBe(303)
    expect(entered?.headers.get('location')).toBe('/portal/enter?token=t')
  }
})

it('refuses every other name, so that no page elsewhere can point its own name here', async () => {
  asked.length = 0
  for (const origin of ['http://evil.example:4242', 'http://127.0.0.1.evil.example', 'http://10.0.0.1']) {
    expect((await enter(origin))?.status).toBe(403)
  }
  expect(asked).toEqual([])
})

it('has no way in where others than this machine can reach the service, whatever name they write into the Host header', () => {
  for (const hostname of ['0.0.0.0', '::', '10.0.0.1', undefined]) expect(demo.entranceAt(hostname)).toBeUndefined()
  for (const hostname of ['127.0.0.1', '::1', 'localhost']) expect(demo.entranceAt(hostname)).toBeDefined()
})
