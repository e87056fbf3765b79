import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { makePortalPages } from './portal-pages.ts'

let root: string
let building = false
let serve: (path: string) => Promise<Response>
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'billhook-pages-'))
  await mkdir(join(root, 'dist/assets'), { recursive: true })
  await writeFile(join(root, 'dist/index.html'), '<p>index')
  await writeFile(join(root, 'dist/assets/a-1.js'), 'script')
  await writeFile(join(root, 'secret.json'), 'secret')
  serve = makePortalPages({ directory: join(root, 'dist'), isBeingBuilt: () => building })
})
afterAll(() => rm(root, { recursive: true }))

it('sends the page with a strict content security policy and never from a cache', async () => {
  const response = await serve('/portal/')
  expect(await response.text()).toBe('<p>index')
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(response.headers.get('cache-control')).toBe('no-cache')
})

it('sends assets to be kept for ever, and 404 for one that is not there', async () => {
  const response = await serve('/portal/assets/a-1.js')
  expect(response.headers.get('cache-control')).toContain('immutable')
  expect((await serve('/portal/assets/b-2.js')).status).toBe(404)
})

it('never leaves its directory', async () => {
  for (const path of ['/portal/../secret.json', '/portal/assets/../../secret.json', '/portal//../secret.json']) {
    const response = await serve(path)
    expect(response.status).toBe(404)
    expect(await response.text()).not.toContain('secret')
  }
})

it('says that the pages are being built while they are', async () => {
  building = true
  const response = await serve('/portal/')
  expect(response.status).toBe(503)
  expect(await response.text()).toContain('being built')
  building = false
})
