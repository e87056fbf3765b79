import type { z } from 'zod'
import { invalidField } from './api-error.ts'
import type { PatchOperation } from './schemas.ts'

interface Patchable<T> {
  ops: ReadonlyArray<PatchOperation['op']>
  value: z.ZodType
  set(target: T, value: unknown): void
}

/** What may be patched, by path. */
export type PatchTable<T> = Readonly<Record<string, Patchable<T>>>

/** Checks every operation before the first is carried out: a patch that is refused changes nothing. */
export function applyPatches<T>(target: T, operations: readonly PatchOperation[], table: PatchTable<T>): void {
  const seen = new Set<string>()
  const steps = operations.map(({ op, path, value }, position) => {
    const entry = Object.hasOwn(table, path) ? table[path] : undefined
    if (!entry || seen.has(path)) throw invalidField(`/${position}/path`, 'INVALID_PATCH_PATH', path)
    if (!entry.ops.includes(op)) throw invalidField(`/${position}/op`, 'UNSUPPORTED_PATCH_OPERATION', op)
    const parsed = entry.value.safeParse(value)
    if (!parsed.success) throw invalidField(path, 'INVALID_PARAMETER_SYNTAX', value)
    seen.add(path)
    return () => entry.set(target, parsed.data)
  })
  for (const step of steps) step()
}
