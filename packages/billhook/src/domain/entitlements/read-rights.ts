import type { Context } from '../../context.ts'
import { billingNow } from '../../context.ts'
import type { Statement } from '../../db/index.ts'
import { type Clocks, type Rights, toRights } from './rights.ts'
import { rightsQuestion, toRightsRecord } from './store.ts'

/** Asked with the beginning of a transaction in the organization's scope, and read from its answer. */
export interface RightsQuestion {
  statement: Statement
  read(answer: readonly unknown[]): Rights
}

/** Reads the clocks first, which providers may keep in the database: never call it inside a scope. */
export async function askRights(ctx: Context, organizationId: string): Promise<RightsQuestion> {
  const clocks = await readClocks(ctx)
  const times = [clocks.wall, clocks.otherwise, ...clocks.byProvider.values()].map((at) => at.getTime())
  const statement = rightsQuestion(organizationId, { earliest: new Date(Math.min(...times)), wall: clocks.wall })
  return { statement, read: (answer) => toRights(toRightsRecord(answer), clocks) }
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
