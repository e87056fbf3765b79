import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export interface Received {
  path: string
  headers: Headers
  body: string
}

/** A receiver of webhooks on this machine, over real HTTP. What it answers is the test's business; 200 unless that says otherwise. */
export async function openReceiver() {
  const received: Received[] = []
  const face = { answer: (_request: Received, response: ServerResponse): void => void response.end() }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const headers = new Headers(
      Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]),
    )
    const one = { path: request.url ?? '', headers, body: Buffer.concat(chunks).toString() }
    received.push(one)
    face.answer(one, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: (path = '/') => `http://127.0.0.1:${port}${path}`,
    received,
    /** What came to a path, oldest first. */
    at: (path: string) => received.filter((one) => one.path === path),
    set answer(answer: (request: Received, response: ServerResponse) => void) {
      face.answer = answer
    },
    status(code: number) {
      face.answer = (_request, response) => void response.writeHead(code).end(`status ${code}`)
    },
    reset() {
      received.length = 0
      face.answer = (_request, response) => void response.end()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type Receiver = Awaited<ReturnType<typeof openReceiver>>
