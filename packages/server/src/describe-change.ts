import type { CatalogChange, FieldChange, NewPrice } from 'billhook'

/** A change in lines for a person. */
export function describeChange(change: CatalogChange): string[] {
  switch (change.kind) {
    case 'create_meter':
      return [`+ meter ${change.meter.key}: ${change.meter.aggregation}`]
    case 'create_plan': {
      const { key, name, prices = [] } = change.plan
      return [`+ plan ${key} "${name}"`, ...prices.map((price) => `    + price ${priceLine(price)}`)]
    }
    case 'change_plan':
      return [`~ plan ${change.planKey}`, ...change.fields.flatMap((field) => fieldLines(field, '    '))]
    case 'add_price':
      return [`+ price ${priceLine(change.price)}, of plan ${change.planKey}`]
    case 'replace_price':
      return [
        `+ price ${priceLine(change.price)}, of plan ${change.planKey}, in place of ${change.price.replaces}: who has that one keeps it`,
        ...change.fields.flatMap((field) => fieldLines(field, '    ')),
      ]
  }
}

function priceLine(price: Omit<NewPrice, 'replaces'>): string {
  const { key, amount = 0, meter, unitAmountDecimal = '0', currency, interval, intervalCount = 1 } = price
  const cost = meter === undefined ? `${amount}` : `${unitAmountDecimal} for each unit of ${meter}, in`
  return `${key}: ${cost} ${currency} (minor units) every ${intervalCount === 1 ? '' : `${intervalCount} `}${interval}`
}

/** Of features and limits, each that differs. */
function fieldLines({ field, from, to }: FieldChange, indent: string): string[] {
  if (!isRecord(from) || !isRecord(to)) return [`${indent}${field}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`]
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .sort()
    .filter((key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]))
    .map((key) => `${indent}${field}.${key}: ${shown(from[key])} -> ${shown(to[key])}`)
}

const shown = (value: unknown): string => (value === undefined ? 'not there' : JSON.stringify(value))

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
