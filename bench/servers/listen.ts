import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce } from '../start-process.ts'

/** Serves on a port of the loopback, a free one unless PORT names it, and tells it to the process that started this one. */
export async function listen(listener: RequestListener, close: () => Promise<void>): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  announce({ port }, close)
}

export type Intake = (body: Buffer, signature: string) => Promise<void>

/** The least that node:http can do: collects the body, answers 200 once `intake` is done with it. */
export const intakeListener =
  (intake: Intake): RequestListener =>
  (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    readBody(request)
      .then((body) => intake(body, String(request.headers['stripe-signature'])))
      .then(
        () => answer(200, { received: true }),
        (error: unknown) => {
          process.stderr.write(`Answered 500: ${String(error)}\n`)
          answer(500, { error: String(error) })
        },
      )
  }

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}
