import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Fault, FaultQueue } from '../emulator/faults.ts'
import { listenOnLoopback, readBody } from '../emulator/loopback-server.ts'
import { type ApiDoor, type ApiRequest, answerRequest } from './answer-request.ts'
import { failedAnswer } from './api-error.ts'
import { answerPage } from './approve-page.ts'
import type { ApiResult } from './route.ts'
import { findCertificate } from './webhook-signing.ts'

export interface LoggedRequest {
  method: string
  path: string
  query: string
  /** Parsed where it is JSON, otherwise as text. */
  body: unknown
  requestId: string | null
  /** Null where the answer was lost. */
  status: number | null
  answer: unknown
}

export interface Serving {
  door: ApiDoor
  faults: Pick<FaultQueue, 'take'>
  requests: LoggedRequest[]
}

export function listen(serving: Serving, port: number): Promise<{ server: Server; port: number }> {
  return listenOnLoopback((request, response) => {
    serve(serving, request, response).catch((failure: unknown) => answerFailure(response, failure))
  }, port)
}

/** A bug of the emulator is a 500 that names it, never a cut connection. */
function answerFailure(response: ServerResponse, failure: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const message = `The emulator failed: ${failure instanceof Error ? failure.stack : failure}`
  response.writeHead(500, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ name: 'INTERNAL_SERVER_ERROR', message, debug_id: 'emulator' }))
}

async function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET'
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const raw = (await readBody(request)).toString('utf8')
  const certificate = /^\/v1\/notifications\/certs\/([^/]+)$/.exec(url.pathname)
  if (certificate) {
    const pem = findCertificate(certificate[1] ?? '')
    response.writeHead(pem === null ? 404 : 200, { 'content-type': 'text/plain' })
    response.end(pem ?? '')
    return
  }
  const page = answerPage(serving.door.context, method, url, raw)
  if (page) {
    const location = page.location === undefined ? {} : { location: page.location }
    response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8', ...location })
    response.end(page.html)
    return
  }
  serveApi(serving, request, response, {
    method,
    path: url.pathname,
    query: url.searchParams,
    raw,
    contentType: request.headers['content-type'],
    authorization: request.headers.authorization,
    requestId: headerOf(request, 'paypal-request-id') ?? null,
    prefer: headerOf(request, 'prefer'),
  })
}

function serveApi(serving: Serving, request: IncomingMessage, response: ServerResponse, call: ApiRequest): void {
  const { door, faults, requests } = serving
  const fault = faults.take(call.method, call.path)
  const result = fault?.kind === 'drop_before' ? null : answerOf(door, fault, call)
  const isLost = fault?.kind === 'drop_before' || fault?.kind === 'drop_after'
  requests.push({
    method: call.method,
    path: call.path,
    query: call.query.toString(),
    body: readable(call),
    requestId: call.requestId,
    status: isLost || !result ? null : result.status,
    answer: isLost ? null : structuredClone(result?.body),
  })
  if (isLost || !result) {
    request.socket.destroy()
    return
  }
  response.writeHead(result.status, {
    'paypal-debug-id': door.context.ids.debugId(),
    ...(result.body && { 'content-type': 'application/json' }),
  })
  response.end(result.body && JSON.stringify(result.body))
}

function answerOf(door: ApiDoor, fault: Fault | null, call: ApiRequest): ApiResult {
  if (fault?.kind !== 'status') return answerRequest(door, call)
  const refused = failedAnswer(fault.status ?? 500)
  return { status: refused.status, body: refused.body(door.context.ids.debugId()) }
}

function readable({ raw, contentType }: ApiRequest): unknown {
  if (raw === '') return undefined
  try {
    return contentType?.startsWith('application/json') ? JSON.parse(raw) : raw
  } catch {
    return raw
  }
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const header = request.headers[name]
  return Array.isArray(header) ? header[0] : header
}
