import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { defaultSettings } from '../context.ts'
import { postWebhook } from './post-webhook.ts'

let requests: string[] = []
let connections = 0
const server = createServer((request, response) => {
  requests.push(request.headers.host ?? '')
  response.end('here')
})
server.on('connection', () => {
  connections += 1
})
const port = () => (server.address() as AddressInfo).port
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => new Promise((resolve) => server.close(resolve)))

const loopback = async (_hostname: string) => ['127.0.0.1']
const post = (url: string, { allowPrivate = false, resolve = loopback } = {}) => {
  requests = []
  connections = 0
  const settings = { ...defaultSettings, baseUrl: '', allowPrivateWebhooks: allowPrivate }
  return postWebhook({ settings, resolveHost: resolve }, { url, headers: {}, body: '{}' })
}

it('connects to the very address that was checked: the name is looked up once', async () => {
  const asked: string[] = []
  const resolve = async (hostname: string) => {
    asked.push(hostname)
    return asked.length === 1 ? ['127.0.0.1'] : ['203.0.113.1']
  }
  const answer = await post(`http://hooks.example.com:${port()}/`, { allowPrivate: true, resolve })
  expect(answer).toMatchObject({ statusCode: 200, responseStart: 'here' })
  expect(asked).toEqual(['hooks.example.com'])
  expect(requests).toEqual([`hooks.example.com:${port()}`])
})

it.each(['http', 'https'])(
  'makes no connection to a name that leads to a private address by now (%s)',
  async (scheme) => {
    const answer = await post(`${scheme}://hooks.example.com:${port()}/`)
    expect(answer).toMatchObject({ statusCode: null, error: 'webhook_url_not_allowed' })
    expect(connections).toBe(0)
  },
)

it.each(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433'])('makes no connection to %s', async (host) => {
  const answer = await post(`http://${host}:${port()}/`)
  expect(answer).toMatchObject({ statusCode: null, error: 'webhook_url_not_allowed' })
  expect(connections).toBe(0)
})

it('says why there was no answer', async () => {
  const unknown = () => Promise.reject(new Error('queryA ENOTFOUND hooks.example.com'))
  expect(await post('https://hooks.example.com/', { resolve: unknown })).toEqual({
    statusCode: null,
    error: 'queryA ENOTFOUND hooks.example.com',
    responseStart: null,
    retryAfterMs: null,
  })
})

it('has an end when the name leads nowhere', async () => {
  const answer = await post('http://hooks.example.com/', { allowPrivate: true, resolve: async () => [] })
  expect(answer).toMatchObject({ statusCode: null, error: 'hooks.example.com has no address.' })
})

it.each([
  ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', /101/],
  ['speaks something else', 'hello\r\n\r\n', /Expected HTTP/],
  ['goes away', null, /socket hang up/],
  ['has no end of headers', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, /overflow/],
])('has an end when the receiver %s', async (_what, text, error) => {
  const strange = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => (text === null ? socket.destroy() : socket.write(text)))
  })
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve))
  const { port } = strange.address() as AddressInfo
  const answer = await post(`http://127.0.0.1:${port}/`, { allowPrivate: true })
  expect(answer).toMatchObject({ statusCode: null, error: expect.stringMatching(error) })
  strange.close()
})
