import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from '@playwright/test'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from './browser.ts'

let browser: Browser
let server: Server
let address: string

beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      '<h1 style="font-size:80px">before</h1><script>document.querySelector("h1").textContent = "after"</script>',
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launchBrowser()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  server?.close()
})

it('loads a page, runs its script and draws its text', async () => {
  const page = await browser.newPage({ viewport: { width: 400, height: 200 } })
  await page.goto(address)
  expect(await page.locator('h1').textContent()).toBe('after')
  const drawn = await page.screenshot()
  await page.locator('h1').evaluate((heading) => heading.remove())
  const empty = await page.screenshot()
  // Without fonts the letters would be missing, and a picture without them compresses much better.
  expect(drawn.byteLength).toBeGreaterThan(empty.byteLength * 1.5)
})

it('keeps web security on: one origin cannot read another', async () => {
  const page = await browser.newPage()
  await page.goto(address)
  const other = address.replace('127.0.0.1', 'localhost')
  const outcome = await page.evaluate(
    (url) =>
      fetch(url).then(
        () => 'read',
        () => 'refused',
      ),
    other,
  )
  expect(outcome).toBe('refused')
})
