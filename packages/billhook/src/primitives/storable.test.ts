import { describe, expect, it } from 'vitest'
import { storable, storableText } from './storable.ts'

describe('text that Postgres cannot keep', () => {
  it('is kept escaped: NUL and half of a surrogate pair, and nothing else', () => {
    expect(storableText('a\0b')).toBe('a\\u0000b')
    expect(storableText('\ud800x\udc00')).toBe('\\ud800x\\udc00')
    expect(storableText('whole 😀 pair, \n tab\t')).toBe('whole 😀 pair, \n tab\t')
  })

  it('is found however deep it lies, in keys too, and dates and numbers stay what they are', () => {
    const at = new Date(0)
    expect(storable({ at, list: [{ 'k\0': 'v\0' }], amount: 1, none: null, left: undefined })).toEqual({
      at,
      list: [{ 'k\\u0000': 'v\\u0000' }],
      amount: 1,
      none: null,
      left: undefined,
    })
  })

  it('is not looked for in vain: data without it is the same object afterwards', () => {
    const inner = { list: [{ text: 'plain' }], at: new Date(0) }
    const data = { inner, bad: '\0' }
    expect(storable(inner)).toBe(inner)
    expect(storable(data).inner).toBe(inner)
  })
})
