/** What happens to webhooks on their way. */
export interface DeliveryWays<E> {
  /** As they happened, or in an order that `seed` fixes. */
  order?: 'sequence' | 'shuffled'
  seed?: number
  /** How many extra times each event is sent. */
  duplicate?: number
  /** Events that are lost on the way, for good. */
  drop?: (event: E) => boolean
  /** These instead of the queue; they may have been delivered before. */
  events?: readonly E[]
  /** Changes what is sent. */
  render?: (event: E) => E
  /** How many requests at once; 1 when left out. */
  parallel?: number
}

/** One webhook as it goes over the wire. */
export interface Delivery {
  id: string
  type: string
  body: string
  headers: Record<string, string>
}

export interface DeliveryResult {
  eventId: string
  type: string
  /** The endpoint's HTTP status; null when it could not be reached. */
  status: number | null
}

/** The events in the order of sending: without those that are lost, with those that come again. */
export function arrange<E>(events: readonly E[], ways: DeliveryWays<E>): E[] {
  const copies = events
    .filter((event) => !(ways.drop?.(event) ?? false))
    .flatMap((event) => Array.from({ length: 1 + (ways.duplicate ?? 0) }, () => event))
  return ways.order === 'shuffled' ? shuffle(copies, ways.seed ?? 1) : copies
}

/** Posts them; an endpoint that cannot be reached is a result, not an error. */
export async function postDeliveries(
  url: string,
  deliveries: readonly Delivery[],
  parallel: number,
): Promise<DeliveryResult[]> {
  const results: DeliveryResult[] = []
  for (let start = 0; start < deliveries.length; start += parallel) {
    const batch = deliveries.slice(start, start + parallel)
    results.push(...(await Promise.all(batch.map((delivery) => post(url, delivery)))))
  }
  return results
}

async function post(url: string, { id, type, body, headers }: Delivery): Promise<DeliveryResult> {
  const facts = { eventId: id, type }
  try {
    const response = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' })
    await response.arrayBuffer()
    return { ...facts, status: response.status }
  } catch {
    return { ...facts, status: null }
  }
}

/** Fisher-Yates over a small linear generator: the same seed gives the same order everywhere. */
function shuffle<T>(list: readonly T[], seed: number): T[] {
  const shuffled = [...list]
  let state = seed >>> 0
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const pick = Math.floor((state / 2 ** 32) * (last + 1))
    const [a, b] = [shuffled[last], shuffled[pick]]
    if (a === undefined || b === undefined) continue
    shuffled[last] = b
    shuffled[pick] = a
  }
  return shuffled
}

/** Acknowledged at least once, or dropped on the way and so never sent. */
export function isSettled(eventId: string, results: readonly DeliveryResult[]): boolean {
  const own = results.filter((result) => result.eventId === eventId)
  return own.length === 0 || own.some(({ status }) => status !== null && status >= 200 && status < 300)
}
