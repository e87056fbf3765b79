import type { InvoiceStatus, Price, SubscriptionStatus } from './objects.ts'

export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'neutral'

/**
 * The words of the page are English; dates and amounts follow the reader's English, where they have one.
 * Only the plain form: browsers of bare systems name "en-US@posix", which Intl refuses.
 */
export const findLocale = (languages: readonly string[]): string =>
  languages.find((language) => /^en-[A-Z]{2}$/u.test(language)) ?? 'en-US'

export const locale = findLocale(navigator.languages)

export const subscriptionStatuses: Record<SubscriptionStatus, { label: string; tone: Tone }> = {
  trialing: { label: 'Trial', tone: 'info' },
  active: { label: 'Active', tone: 'good' },
  past_due: { label: 'Payment overdue', tone: 'warn' },
  unpaid: { label: 'Unpaid', tone: 'bad' },
  incomplete: { label: 'Waiting for first payment', tone: 'warn' },
  incomplete_expired: { label: 'Never started', tone: 'neutral' },
  paused: { label: 'Paused', tone: 'neutral' },
  canceled: { label: 'Canceled', tone: 'neutral' },
}

export const invoiceStatuses: Record<InvoiceStatus, { label: string; tone: Tone }> = {
  draft: { label: 'Draft', tone: 'neutral' },
  open: { label: 'Open', tone: 'warn' },
  paid: { label: 'Paid', tone: 'good' },
  uncollectible: { label: 'Not collected', tone: 'bad' },
  void: { label: 'Void', tone: 'neutral' },
}

/** A day as "November 22, 2026", in the organization's time zone where it is known: its periods begin and end by it. */
export function formatDay(at: string, timeZone?: string, month: 'long' | 'short' = 'long'): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month, year: 'numeric', timeZone }).format(new Date(at))
}

/** With the hour, for what ends within a day. */
export function formatMoment(at: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(at))
}

type Interval = Pick<Price, 'interval' | 'interval_count'>

/** "month", "3 months": what follows "every" or "per". */
export const intervalWords = ({ interval, interval_count }: Interval): string =>
  interval_count === 1 ? interval : `${interval_count} ${interval}s`

const adverbs: Record<Price['interval'], string> = { day: 'Daily', week: 'Weekly', month: 'Monthly', year: 'Yearly' }

export const intervalAdverb = (value: Interval): string =>
  value.interval_count === 1 ? adverbs[value.interval] : `Every ${intervalWords(value)}`

const initialisms = new Set(['ai', 'api', 'csv', 'id', 'ip', 'pdf', 'saml', 'scim', 'sla', 'sms', 'sso', 'url'])

/** The key of a feature, a limit or a provider as a reader would write it: `api_calls` is "API calls". */
export function fromKey(key: string): string {
  const words = key.split(/[_\-.\s]+/u).map((word) => (initialisms.has(word) ? word.toUpperCase() : word))
  const text = words.join(' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export const formatCount = (count: number): string => new Intl.NumberFormat(locale).format(count)
