import { expect, it } from 'vitest'
import { makeSite } from './site.ts'

const handler = async (request: Request) => {
  const { pathname } = new URL(request.url)
  if (pathname !== '/api/v1/portal/session/') return new Response('the library')
  const status = request.headers.get('cookie') === 'billhook_portal=known' ? 200 : 401
  return new Response(null, { status })
}
const answering = (text: string) => async () => new Response(text)
const demo = makeSite({ handler, portalPages: answering('pages'), enterDemo: answering('demo') })
const plain = makeSite({ handler, portalPages: answering('pages'), enterDemo: undefined })

const home = async (site: typeof demo, cookie?: string, origin = 'http://localhost:4242') =>
  (await site(new Request(`${origin}/`, { headers: cookie ? { cookie } : {} }))).headers.get('location')

it('leads a newcomer to the demonstration, and whoever is signed in to the portal', async () => {
  expect(await home(demo)).toBe('/demo')
  expect(await home(demo, 'billhook_portal=known')).toBe('/portal/')
  expect(await home(demo, 'billhook_portal=of-a-removed-database')).toBe('/demo')
})

it('leads to the portal where there is no demonstration, or not for this visitor', async () => {
  expect(await home(plain)).toBe('/portal/')
  expect(await home(demo, undefined, 'https://billing.example')).toBe('/portal/')
})

it('gives pages to readers and everything else to the library', async () => {
  const text = async (method: string, path: string) =>
    (await demo(new Request(`http://localhost${path}`, { method }))).text()
  expect(await text('GET', '/demo')).toBe('demo')
  expect(await text('GET', '/portal/assets/a.js')).toBe('pages')
  for (const [method, path] of [
    ['POST', '/portal/'],
    ['GET', '/portal/enter?token=x'],
    ['GET', '/docs'],
    ['POST', '/demo'],
  ] as const) {
    expect(await text(method, path), `${method} ${path}`).toBe('the library')
  }
})
