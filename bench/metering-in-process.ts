import { createHash } from 'node:crypto'
import { createClient } from '../packages/billhook/src/client/index.ts'
import { type Measured, type MeteringGround, platformKey } from './metering.ts'
import { median } from './table.ts'

const goalMicroseconds = 2
const warmUp = 50_000
/** A clock cannot see one check: it sees this many. */
const batch = 100
const batches = 2_000

/** May an organization do X, without I/O: in the library, and in a client over HTTP whose snapshot was fetched and verified. */
export async function measureInProcess({ billing, organizationIds }: MeteringGround): Promise<Measured[]> {
  const [organizationId = ''] = organizationIds
  const snapshot = await billing.entitlements.snapshotOf({ organizationId })
  const client = await createClient({
    ...{
      url: 'http://127.0.0.1',
      apiKey: platformKey,
      whenUnreachable: 'deny',
      maxStaleMs: 3_600_000,
      refreshAfterMs: 3_600_000,
    },
    fetch: async (input, init) => billing.handler(new Request(input, init)),
  })
  const entitlements = await client.entitlementsOf(organizationId)
  if (!snapshot.allows('tokens') || !entitlements.allows('tokens')) throw new Error('What is bought is not allowed.')
  // What a machine can do at all in this sitting, to compare others with.
  const checks: Array<[string, () => boolean]> = [
    ['library', () => snapshot.allows('tokens') && snapshot.remaining('tokens') >= 0],
    ['client', () => entitlements.allows('tokens') && entitlements.remaining('tokens') >= 0],
  ]
  const oneHash = p50Of(() => createHash('sha256').update(organizationId).digest('hex') !== '')
  return checks.map(([name, check]) => {
    const ours = p50Of(check)
    return {
      ...{ name: `check, in process, ${name}`, ours, bound: goalMicroseconds, unit: 'us p50' },
      ratio: goalMicroseconds / ours,
      note: `at most ${goalMicroseconds} us; one SHA-256 takes ${oneHash.toFixed(2)} us here`,
    }
  })
}

/** Microseconds of one call: the median of batches. */
function p50Of(check: () => boolean): number {
  for (let n = 0; n < warmUp; n++) check()
  const figures: number[] = []
  for (let n = 0; n < batches; n++) {
    const startedMs = performance.now()
    for (let call = 0; call < batch; call++) if (!check()) throw new Error('A check changed its mind.')
    figures.push(((performance.now() - startedMs) * 1000) / batch)
  }
  return median(figures)
}
