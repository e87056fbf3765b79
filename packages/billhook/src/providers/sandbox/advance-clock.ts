import { setTimeout as sleep } from 'node:timers/promises'
import { BillhookError, invalid } from '../../primitives/index.ts'
import type { SandboxClient } from './client.ts'
import { advanceTarget } from './clock.ts'
import type { Deliverer, DeliveryPass } from './deliver.ts'

export interface AdvanceResult {
  now: Date
  delivered: number
  pending: number
  failures: DeliveryPass['failures']
}

const longestBody = 1024

/** Moves the billing clock event by event, and sends what that brings about; `pending` counts what is still not acknowledged at the end. */
export async function advanceClock(
  client: SandboxClient,
  deliverer: Deliverer,
  { by, retryDelaysMs }: { by: string; retryDelaysMs: readonly number[] },
): Promise<AdvanceResult> {
  const target = advanceTarget(await client.now(), by)
  let expected = await deliverer.pendingCount()
  let isReceiverWell = true
  for (let isDone = false; !isDone; ) {
    const step = await client.settle(target)
    expected += step.queued
    isDone = step.isDone
    // One failing receiver must not slow down every step: the rest waits for the tries below.
    if (isReceiverWell && step.queued > 0)
      isReceiverWell = (await deliverer.run({ isForced: true })).failures.length === 0
  }
  const last = await deliverAll(deliverer, retryDelaysMs)
  return { now: await client.now(), delivered: expected - last.pending, pending: last.pending, failures: last.failures }
}

async function deliverAll(deliverer: Deliverer, retryDelaysMs: readonly number[]): Promise<DeliveryPass> {
  let pass = await deliverer.run({ isForced: true })
  for (const delayMs of retryDelaysMs) {
    if (pass.pending === 0) break
    await sleep(delayMs)
    pass = await deliverer.run({ isForced: true })
  }
  return pass
}

/** `POST /clock/advance` with `{"by": "P1M"}`. */
export async function handleAdvance(
  request: Request,
  advance: (by: string) => Promise<AdvanceResult>,
): Promise<Response> {
  try {
    const { failures, ...result } = await advance(await readBy(request))
    if (result.pending === 0) return Response.json(result)
    const detail = `The clock was moved, but ${result.pending} webhooks were not acknowledged; they are tried again later.`
    return problem(502, 'webhooks_not_delivered', detail, { ...result, failures })
  } catch (cause) {
    if (cause instanceof BillhookError) return problem(cause.status, cause.code, cause.message)
    throw cause
  }
}

async function readBy(request: Request): Promise<string> {
  const text = await request.text()
  const body = text.length <= longestBody ? parseJson(text) : null
  if (typeof body === 'object' && body !== null && 'by' in body && typeof body.by === 'string') return body.by
  throw invalid('invalid_request', 'Send JSON such as {"by": "P1M"}: an ISO 8601 duration.')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // No JSON is the same mistake as the wrong JSON, and gets the same answer.
    return null
  }
}

function problem(status: number, code: string, detail: string, facts: object = {}): Response {
  const title = status < 500 ? 'The clock cannot be moved like this' : 'Not everything was delivered'
  return Response.json(
    { type: 'about:blank', title, status, code, detail, ...facts },
    { status, headers: { 'content-type': 'application/problem+json' } },
  )
}
