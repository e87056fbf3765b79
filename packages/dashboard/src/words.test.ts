import { describe, expect, it } from 'vitest'
import { findLocale, formatDay, fromKey } from './words.ts'

describe('words', () => {
  it('never takes a language that Intl would refuse', () => {
    expect(findLocale(['en-US@posix', 'C'])).toBe('en-US')
    expect(findLocale(['de-DE', 'en-GB'])).toBe('en-GB')
  })

  it("shows the day in the organization's time zone, not the reader's", () => {
    expect(formatDay('2026-12-22T03:00:00Z', 'America/New_York')).toContain('21')
    expect(formatDay('2026-12-22T03:00:00Z', 'Asia/Tokyo')).toContain('22')
  })

  it('writes keys as a reader would', () => {
    expect(['api_calls', 'sso', 'audit_log', 'stripe-eu'].map(fromKey)).toEqual([
      'API calls',
      'SSO',
      'Audit log',
      'Stripe eu',
    ])
  })
})
