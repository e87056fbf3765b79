/** Letters and digits that every kind of PayPal's ids may hold, also those without 0, 1, I and O. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** Ids count up per kind, so that the same test gets the same ids every time: `I-EMU222222223`. */
export interface Ids {
  /** `length` characters after the prefix. */
  next(prefix: string, length: number): string
  uuid(): string
  debugId(): string
}

export function createIds(tag: string): Ids {
  const counters = new Map<string, number>()
  const count = (kind: string) => {
    const next = (counters.get(kind) ?? 0) + 1
    counters.set(kind, next)
    return next
  }
  return {
    next: (prefix, length) => {
      let digits = ''
      for (let rest = count(`${prefix}${length}`); rest > 0; rest = Math.floor(rest / alphabet.length)) {
        digits = (alphabet[rest % alphabet.length] ?? '') + digits
      }
      return prefix + tag + digits.padStart(length - tag.length, '2')
    },
    uuid: () => `e0000000-0000-11f0-8000-${count('uuid').toString(16).padStart(12, '0')}`,
    debugId: () => `d${count('debug').toString(16).padStart(12, '0')}`,
  }
}
