import { z } from 'zod'

/** The kinds of field that Stripe's objects are made of: times in seconds, references as an id or as the whole object. */

export const instant = z
  .int()
  .positive()
  .transform((seconds) => new Date(seconds * 1000))
export const optionalInstant = instant.nullish().transform((at) => at ?? null)
export const id = z
  .union([z.string().min(1), z.object({ id: z.string().min(1) })])
  .transform((ref) => (typeof ref === 'string' ? ref : ref.id))
export const optionalId = id.nullish().transform((ref) => ref ?? null)
export const optionalText = z
  .string()
  .nullish()
  .transform((text) => text ?? null)
export const metadata = z
  .record(z.string(), z.string())
  .nullish()
  .transform((entries) => entries ?? {})
export const listOf = <T extends z.ZodType>(element: T) =>
  z.object({ data: z.array(element), has_more: z.boolean().nullish() })
