import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import type { Statement } from '../../db/index.ts'
import { InvariantError } from '../../primitives/index.ts'
import { type Clocks, type Rights, toRights } from './rights.ts'
import { rightsQuestion, toRightsRecords } from './store.ts'

/** Asked with the beginning of a transaction in the scope of the organizations, and read from its answer. */
export interface RightsQuestion {
  statement: Statement
  /** Those of each organization that was asked about. */
  read(answer: readonly unknown[]): (organizationId: string) => Rights
}

/** Reads the clocks first, which providers may keep in the database: never call it inside a scope. */
export async function askRights(ctx: Context, organizationIds: readonly string[]): Promise<RightsQuestion> {
  const clocks = await readClocks(ctx)
  const times = [clocks.wall, clocks.otherwise, ...clocks.byProvider.values()].map((at) => at.getTime())
  const statement = rightsQuestion(organizationIds, { earliest: new Date(Math.min(...times)), wall: clocks.wall })
  return {
    statement,
    read: (answer) => {
      const records = toRightsRecords(answer)
      return (organizationId) => {
        const record = records.get(organizationId)
        if (!record) throw new InvariantError('an organization cannot see itself')
        return toRights(record, clocks)
      }
    },
  }
}

async function readClocks(ctx: Context): Promise<Clocks> {
  const wall = ctx.clock.now()
  const own = ctx.providers.all().filter((provider) => provider.now !== undefined)
  const byProvider = new Map<string, Date>()
  for (const { providerName } of own) byProvider.set(providerName, await billingNow(ctx, providerName))
  // Where a single provider bills everybody, its clock is everybody's.
  const only = ctx.providers.names.length === 1 ? own[0] : undefined
  return { wall, byProvider, otherwise: (only && byProvider.get(only.providerName)) ?? wall }
}
