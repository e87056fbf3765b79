import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Fault } from '../emulator/faults.ts'
import { listenOnLoopback, readBody } from '../emulator/loopback-server.ts'
import { type ApiAnswer, type ApiDoor, type ApiRequest, answerRequest, storeAnswer } from './answer-request.ts'
import { StripeApiError } from './api-error.ts'
import { type FormHash, parseForm } from './form.ts'
import { answerPage } from './hosted-pages.ts'

export interface LoggedRequest {
  method: string
  path: string
  params: FormHash
  idempotencyKey: string | null
}

export function listen(serving: Serving, port: number): Promise<{ server: Server; port: number }> {
  return listenOnLoopback((request, response) => {
    serve(serving, request, response).catch((failure: unknown) => answerFailure(response, failure))
  }, port)
}

/** A request that cannot be read is refused; a bug of the emulator is a 500 that names it, never a cut connection. */
function answerFailure(response: ServerResponse, failure: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const refusal =
    failure instanceof StripeApiError
      ? failure
      : new StripeApiError(
          500,
          'api_error',
          `The emulator failed: ${failure instanceof Error ? failure.stack : failure}`,
        )
  response.writeHead(refusal.status, { 'content-type': 'application/json', 'request-id': 'req_failed' })
  response.end(JSON.stringify(refusal.body()))
}

export interface Serving {
  door: ApiDoor
  faults: { take(method: string, path: string): Fault | null }
  requests: LoggedRequest[]
}

async function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET'
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const body = (await readBody(request)).toString('utf8')
  const form = method === 'POST' ? body : url.search.slice(1)
  const page = answerPage(serving.door.context, method, url.pathname, form)
  if (page) {
    response.writeHead(page.status, {
      'content-type': 'text/html; charset=utf-8',
      ...(page.location === undefined ? {} : { location: page.location }),
    })
    response.end(page.html)
    return
  }
  serveApi(serving, request, response, { method, path: url.pathname, form })
}

function serveApi(
  { door, faults, requests }: Serving,
  request: IncomingMessage,
  response: ServerResponse,
  call: { method: string; path: string; form: string },
): void {
  const header = request.headers['idempotency-key']
  const idempotencyKey = typeof header === 'string' ? header : null
  requests.push({ method: call.method, path: call.path, params: parseForm(call.form), idempotencyKey })
  const fault = faults.take(call.method, call.path)
  if (fault?.kind === 'drop_before') {
    request.socket.destroy()
    return
  }
  const answer = answerOf(door, fault, {
    ...call,
    version: versionOf(request),
    authorization: request.headers.authorization,
    idempotencyKey,
  })
  if (fault?.kind === 'drop_after') {
    request.socket.destroy()
    return
  }
  response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
  response.end(answer.body)
}

function answerOf(door: ApiDoor, fault: Fault | null, request: ApiRequest): ApiAnswer {
  if (fault?.kind !== 'status') return answerRequest(door, request)
  const answer = failedAnswer(fault.status ?? 500)
  if (fault.isStored) storeAnswer(door, request, answer)
  return answer
}

function versionOf(request: IncomingMessage): string | undefined {
  const header = request.headers['stripe-version']
  return Array.isArray(header) ? header[0] : header
}

function failedAnswer(status: number): ApiAnswer {
  const error =
    status === 429
      ? { code: 'rate_limit', message: 'Request rate limit exceeded.', type: 'invalid_request_error' }
      : { message: 'An error occurred while processing your request.', type: 'api_error' }
  return { status, body: JSON.stringify({ error }), headers: { 'request-id': 'req_fault' } }
}
