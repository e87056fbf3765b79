import { invalidRequest, missingParameter } from './api-error.ts'

/** Form parameters as Stripe reads them: text leaves in nested hashes; an array is a hash with numeric keys. */
export type FormValue = string | FormHash
export interface FormHash {
  [key: string]: FormValue
}

/** Reads `a[b][0][c]=d` and `a[]=d`. A text and a hash under one key is an error, as it is at Stripe. */
export function parseForm(text: string): FormHash {
  const root: FormHash = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) insertValue(root, pathOf(name), value, name)
  return root
}

function pathOf(name: string): string[] {
  const open = name.indexOf('[')
  if (open <= 0 || !name.endsWith(']')) return [name]
  return [name.slice(0, open), ...name.slice(open + 1, -1).split('][')]
}

function insertValue(root: FormHash, path: string[], value: string, name: string): void {
  let node = root
  path.forEach((segment, depth) => {
    const key = segment === '' ? String(Object.keys(node).length) : segment
    if (depth === path.length - 1) {
      node[key] = value
      return
    }
    const next = node[key] ?? Object.create(null)
    if (typeof next === 'string') throw invalidRequest(`Invalid object: ${name}`, { param: name })
    node[key] = next
    node = next
  })
}

/** Every leaf as a dotted path with `#` for array positions, beside the name that an error message shows. */
export function leavesOf(form: FormHash): Array<{ path: string[]; name: string }> {
  const leaves: Array<{ path: string[]; name: string }> = []
  const walk = (node: FormHash, path: string[], name: string) => {
    for (const [key, value] of Object.entries(node)) {
      const here = [...path, key]
      const label = name === '' ? key : `${name}[${key}]`
      if (typeof value === 'string') leaves.push({ path: here, name: label })
      else walk(value, here, label)
    }
  }
  walk(form, [], '')
  return leaves
}

/** Typed reading of one hash of parameters; `name` is what an error calls it. */
export class FormReader {
  readonly form: FormHash
  readonly name: string

  constructor(form: FormHash, name = '') {
    this.form = form
    this.name = name
  }

  label(key: string): string {
    return this.name === '' ? key : `${this.name}[${key}]`
  }

  has(key: string): boolean {
    return this.form[key] !== undefined
  }

  /** Present and empty: Stripe's way to clear a field. */
  clears(key: string): boolean {
    return this.form[key] === ''
  }

  text(key: string): string | null {
    const value = this.form[key]
    if (value === undefined || value === '') return null
    if (typeof value !== 'string') throw invalidRequest('Invalid string', { param: this.label(key) })
    return value
  }

  required(key: string): string {
    const value = this.text(key)
    if (value === null) throw missingParameter(this.label(key))
    return value
  }

  integer(key: string): number | null {
    const value = this.text(key)
    if (value === null) return null
    if (!/^-?\d+$/.test(value)) {
      throw invalidRequest(`Invalid integer: ${value}`, { code: 'parameter_invalid_integer', param: this.label(key) })
    }
    return Number(value)
  }

  boolean(key: string): boolean | null {
    const value = this.text(key)
    if (value === null) return null
    if (value !== 'true' && value !== 'false') {
      throw invalidRequest(`Invalid boolean: ${value}`, { param: this.label(key) })
    }
    return value === 'true'
  }

  oneOf<T extends string>(key: string, values: readonly T[]): T | null {
    const value = this.text(key)
    if (value === null) return null
    const known = values.find((candidate) => candidate === value)
    if (known) return known
    throw invalidRequest(`Invalid ${this.label(key)}: must be one of ${values.join(', ')}`, { param: this.label(key) })
  }

  hash(key: string): FormReader | null {
    const value = this.form[key]
    if (value === undefined || value === '') return null
    if (typeof value === 'string') throw invalidRequest('Invalid object', { param: this.label(key) })
    return new FormReader(value, this.label(key))
  }

  hashes(key: string): FormReader[] {
    const list = this.hash(key)
    if (!list) return []
    return Object.keys(list.form).flatMap((position) => list.hash(position) ?? [])
  }

  texts(key: string): string[] {
    const list = this.hash(key)
    if (!list) return []
    return Object.keys(list.form).flatMap((position) => list.text(position) ?? [])
  }

  /** Merged as Stripe merges: an empty value removes its key, an empty `metadata` removes all. */
  metadata(current: Record<string, string> = {}, key = 'metadata'): Record<string, string> {
    if (this.clears(key)) return {}
    const given = this.hash(key)
    const merged = { ...current }
    for (const name of Object.keys(given?.form ?? {})) {
      const value = given?.text(name) ?? null
      if (value === null) delete merged[name]
      else merged[name] = value
    }
    return merged
  }
}
