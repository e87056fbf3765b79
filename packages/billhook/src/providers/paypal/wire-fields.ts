import { z } from 'zod'
import { UnreadableObject } from './errors.ts'

/** The kinds of field that PayPal's objects are made of. */

/** Years outside of which a time is a mistake: PayPal has sent year 1 and year 58000. */
const sensibleYears = { first: 1998, last: 2200 }

/** A time that makes no sense is as good as none; where one is needed, whoever needs it complains. */
export const optionalInstant = z
  .unknown()
  .nullish()
  .transform((value): Date | null => {
    const at = typeof value === 'string' ? new Date(value) : null
    const year = at?.getUTCFullYear() ?? Number.NaN
    return at && year >= sensibleYears.first && year <= sensibleYears.last ? at : null
  })
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text || null)
export const id = z.string().min(1)
export const money = z.object({ currency_code: z.string(), value: z.string() })
export const links = z
  .array(z.object({ href: z.string(), rel: z.string() }))
  .nullish()
  .transform((all) => all ?? [])

export type Money = z.output<typeof money>
export type Links = z.output<typeof links>

export function linkTo(all: Links, rel: string): string | null {
  return all.find((link) => link.rel === rel)?.href ?? null
}

/** Throws UnreadableObject that names the field. */
export function readWire<T>(wire: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = wire.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new UnreadableObject(
    `PayPal's ${what} is not understood at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`,
  )
}
