import fc from 'fast-check'
import { expect, it } from 'vitest'
import { InvariantError } from './errors.ts'
import { sha256Hex, stableStringify } from './stable-json.ts'

fc.configureGlobal({ seed: 8259 })

it('writes the same text whatever order the keys were set in, at every depth', () => {
  const one = { b: [{ y: 1, x: 2 }], a: { d: null, c: 'é' } }
  const other = { a: { c: 'é', d: null }, b: [{ x: 2, y: 1 }] }
  expect(stableStringify(one)).toBe('{"a":{"c":"é","d":null},"b":[{"x":2,"y":1}]}')
  expect(stableStringify(other)).toBe(stableStringify(one))
})

it('keeps the order of lists, because it means something', () => {
  expect(stableStringify([2, 1])).not.toBe(stableStringify([1, 2]))
})

it('says the same as JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(stableStringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
  expect(stableStringify({ at: new Date(0), left: undefined })).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
})

it('tells bodies apart that differ only in a key named __proto__', () => {
  expect(stableStringify(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}')
})

it('refuses what has no JSON', () => {
  expect(() => stableStringify(undefined)).toThrow(InvariantError)
  expect(() => stableStringify({ amount: 1n })).toThrow(TypeError)
})

it('hashes text as UTF-8', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sha256Hex('é')).toBe('4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c')
})
