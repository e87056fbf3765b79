import { expect, it } from 'vitest'
import { compareSecrets } from './secrets.ts'

it('is true for equal secrets only, whatever their lengths', () => {
  expect(compareSecrets('s3cret', 's3cret')).toBe(true)
  expect(compareSecrets('', '')).toBe(true)
  for (const other of ['', 's3cre', 's3cret ', 'S3cret', 's3crex']) expect(compareSecrets('s3cret', other)).toBe(false)
})
