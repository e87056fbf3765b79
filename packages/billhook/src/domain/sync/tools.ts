import type { Clock, Ids } from '../../primitives/index.ts'

/** What a pure decision takes from outside: new ids and the time of writing. */
export interface Tools {
  ids: Ids
  clock: Clock
}
