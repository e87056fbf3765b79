import type { Settings } from '../../context.ts'
import type { Clock, Ids } from '../../primitives/index.ts'

/** What a pure decision takes from outside: new ids, the time of writing, and the policies of the installation. */
export interface Tools {
  ids: Ids
  clock: Clock
  settings: Pick<Settings, 'fullRefundPolicy'>
}
