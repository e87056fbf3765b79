import { createFaults, type FaultQueue, type Faults } from '../emulator/faults.ts'
import type { EmulatorContext } from './emulator-context.ts'
import { tokenPath } from './oauth.ts'

/** What can go wrong between PayPal and a caller. Token requests are left out of the named ones. */
export interface PaypalFaults extends Faults {
  /** The next call that changes something is carried out, but its answer never arrives. */
  loseNextAnswer(): void
  /** The next call is refused with a 503, with nothing done. */
  cutNextCall(): void
  /** The next call is one too many: 429. */
  rateLimitNext(): void
  /** How long, in milliseconds, the list of transactions does not show a new one. */
  transactionsLag(ms: number): void
  /** No access token given so far is good any more. */
  expireTokens(): void
}

export function createPaypalFaults(context: EmulatorContext): PaypalFaults & Pick<FaultQueue, 'take'> {
  const faults = createFaults()
  const isCall = (_method: string, path: string) => path !== tokenPath
  return {
    next: faults.next,
    clear: faults.clear,
    take: faults.take,
    get left() {
      return faults.left
    },
    loseNextAnswer: () =>
      faults.next({ kind: 'drop_after', match: (method, path) => method !== 'GET' && isCall(method, path) }),
    cutNextCall: () => faults.next({ kind: 'status', status: 503, match: isCall }),
    rateLimitNext: () => faults.next({ kind: 'status', status: 429, match: isCall }),
    transactionsLag: (ms) => {
      context.oddities.transactionsLagMs = ms
    },
    expireTokens: () => context.state.tokens.clear(),
  }
}
