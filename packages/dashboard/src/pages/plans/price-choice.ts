import { useState } from 'react'
import type { Plan, Price } from '../../objects.ts'
import { intervalAdverb } from '../../words.ts'

const daysByInterval: Record<Price['interval'], number> = { day: 1, week: 7, month: 30, year: 365 }
const length = (price: Price) => daysByInterval[price.interval] * price.interval_count
const intervalKey = (price: Price) => `${price.interval_count}-${price.interval}`

/** The intervals and currencies on offer over all plans, and the one of each that the reader chose. */
export function usePriceChoice(plans: Plan[], preferred?: Price) {
  const prices = plans.flatMap((plan) => plan.prices)
  const byLength = [...prices].sort((a, b) => length(a) - length(b))
  const intervals = [...new Map(byLength.map((price) => [intervalKey(price), intervalAdverb(price)]))]
  const currencies = [...new Set(prices.map((price) => price.currency))]
  const start = preferred ?? byLength[0]
  const [interval, setInterval] = useState(start ? intervalKey(start) : '')
  const [currency, setCurrency] = useState(start?.currency ?? '')
  return {
    intervals: intervals.map(([value, label]) => ({ value, label })),
    currencies: currencies.map((value) => ({ value, label: value })),
    interval,
    setInterval,
    currency,
    setCurrency,
    priceOf: (plan: Plan) => choosePrice(plan, interval, currency),
  }
}

/** The plan's price for the choice, or the nearest it has: a plan sold only yearly stays visible under "Monthly". */
function choosePrice(plan: Plan, interval: string, currency: string): Price | undefined {
  const inCurrency = plan.prices.filter((price) => price.currency === currency)
  return inCurrency.find((price) => intervalKey(price) === interval) ?? inCurrency[0] ?? plan.prices[0]
}

/** What a yearly price saves over twelve monthly ones, in whole percent rounded down; 0 where it cannot be said. */
export function yearlySavingPercent(plan: Plan, price: Price): number {
  if (price.interval !== 'year' || price.interval_count !== 1) return 0
  const monthly = plan.prices.find(
    (other) => other.interval === 'month' && other.interval_count === 1 && other.currency === price.currency,
  )
  if (!monthly || monthly.amount === 0) return 0
  return Math.max(0, Math.floor(100 - (price.amount * 100) / (monthly.amount * 12)))
}
