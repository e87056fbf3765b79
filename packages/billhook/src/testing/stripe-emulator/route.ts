import { invalidRequest } from './api-error.ts'
import type { EmulatorContext } from './emulator-context.ts'
import { type FormHash, type FormReader, leavesOf } from './form.ts'

/** One call of the emulated API. */
export interface Route {
  method: 'GET' | 'POST' | 'DELETE'
  /** With `:name` segments. */
  path: string
  /** Parameters the call takes, dotted: `#` is an array position, `*` any one name, `**` anything below. */
  allowed: readonly string[]
  answer(context: EmulatorContext, params: FormReader, ids: Record<string, string>): Record<string, unknown>
}

/** Refuses what the call does not take, as Stripe does: removed parameters are unknown ones. */
export function checkParameters(form: FormHash, allowed: readonly string[]): void {
  const patterns = [...allowed, 'expand.#'].map((pattern) => pattern.split('.'))
  for (const { path, name } of leavesOf(form)) {
    if (patterns.some((pattern) => matches(pattern, path))) continue
    const isPrefix = patterns.some(
      (pattern) => pattern.length > path.length && matches(pattern.slice(0, path.length), path),
    )
    if (isPrefix) throw invalidRequest('Invalid object', { param: name })
    throw invalidRequest(`Received unknown parameter: ${name}`, { code: 'parameter_unknown', param: name })
  }
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const isOpenEnded = pattern.at(-1) === '**'
  if (isOpenEnded ? path.length < pattern.length - 1 : path.length !== pattern.length) return false
  return pattern.every((segment, position) => {
    if (segment === '**' || segment === '*') return true
    const given = path[position] ?? ''
    return segment === '#' ? /^\d+$/.test(given) : segment === given
  })
}
