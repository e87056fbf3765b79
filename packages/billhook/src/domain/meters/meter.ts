import type { Metadata } from '../../db/schema/columns.ts'
import type { Aggregation, UsageProperties } from '../../db/schema/usage.ts'
import {
  invalid,
  looksLikeOurId,
  parseQuantity,
  type Quantity,
  storableText,
  wholeQuantity,
} from '../../primitives/index.ts'
import { checkMetadata } from '../organizations/index.ts'

export type { Aggregation, UsageProperties }

/** How usage is counted. */
export interface Meter {
  id: string
  key: string
  name: string
  aggregation: Aggregation
  /** The property that is counted; null: the event's quantity. */
  property: string | null
  /** By property: only events that have one of these values count. */
  filters: Record<string, Array<string | number | boolean>>
  /** Properties by which usage can be read apart. */
  groupBy: string[]
  createdAt: Date
}

/** With what bears on no counting. */
export interface MeterRecord extends Meter {
  metadata: Metadata
}

export type NewMeter = Pick<Meter, 'key' | 'aggregation'> & {
  [K in 'name' | 'property' | 'filters' | 'groupBy' | 'metadata']?: MeterRecord[K] | undefined
}

export const meterKeyShape = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/
const propertyShape = /^[A-Za-z_][A-Za-z0-9_.-]{0,39}$/
const mostFilters = 10
const mostGroups = 3

/** Errors: `invalid_key`, `invalid_name`, `invalid_meter`, `invalid_metadata`. */
export function checkMeter({ key, name, aggregation, property, filters = {}, groupBy = [], metadata }: NewMeter): void {
  if (metadata !== undefined) checkMetadata(metadata)
  if (!meterKeyShape.test(key) || looksLikeOurId(key))
    throw invalid(
      'invalid_key',
      `"${key}" is no key: 1 to 100 letters, digits, dots, dashes and underscores, not like an id of Billhook.`,
    )
  if (name !== undefined && (name.trim() === '' || name.length > 200))
    throw invalid('invalid_name', 'name is 1 to 200 characters.')
  const wrong = (detail: string) => invalid('invalid_meter', `Meter "${key}": ${detail}`)
  if (aggregation === 'unique' && !property) throw wrong('unique needs the property whose values it counts.')
  if (aggregation === 'count' && property) throw wrong('count counts events, whatever their properties.')
  const names = [...(property ? [property] : []), ...Object.keys(filters), ...groupBy]
  if (!names.every((each) => propertyShape.test(each)))
    throw wrong('properties are named by 1 to 40 letters, digits, dots, dashes and underscores.')
  if (new Set(groupBy).size < groupBy.length || groupBy.length > mostGroups)
    throw wrong(`group_by names at most ${mostGroups} properties, each once.`)
  const values = Object.values(filters)
  if (values.length > mostFilters || values.some((list) => list.length === 0 || list.length > 100))
    throw wrong(`filters name at most ${mostFilters} properties with 1 to 100 values.`)
  const isStorable = (value: unknown) =>
    typeof value !== 'string' || (value.length <= 200 && storableText(value) === value)
  if (!values.flat().every(isStorable))
    throw wrong('a value of a filter is a number, a switch or a text of at most 200 characters.')
}

/** Whether an event with these properties counts at all. */
export const passesFilters = ({ filters }: Pick<Meter, 'filters'>, properties: UsageProperties): boolean =>
  Object.entries(filters).every(
    ([name, values]) => Object.hasOwn(properties, name) && values.includes(properties[name] ?? ''),
  )

/** Why a meter cannot count an event. */
export type ValueProblem = 'missing_property' | 'invalid_quantity'

/** What an event adds, or is, to a meter. Each event of `count` and `unique` is one. */
export function countedValue(
  { aggregation, property }: Pick<Meter, 'aggregation' | 'property'>,
  { quantity, properties }: { quantity: Quantity; properties: UsageProperties },
): Quantity | ValueProblem {
  if (aggregation === 'count') return wholeQuantity(1)
  if (property === null) return quantity
  if (!Object.hasOwn(properties, property)) return 'missing_property'
  if (aggregation === 'unique') return wholeQuantity(1)
  return parseQuantity(properties[property]) ?? 'invalid_quantity'
}

/** The values of the properties that the meter groups by; one that is missing is the empty text. */
export const groupsOf = ({ groupBy }: Pick<Meter, 'groupBy'>, properties: UsageProperties): Record<string, string> =>
  Object.fromEntries(groupBy.map((name) => [name, Object.hasOwn(properties, name) ? String(properties[name]) : '']))

/** Whether what was counted is a sum that grows event by event, so that an event can be refused before it is counted. */
export const isConsumable = ({ aggregation }: Pick<Meter, 'aggregation'>): boolean =>
  aggregation === 'count' || aggregation === 'sum'

/** Whether usage is a level, like seats taken, instead of something that is used up. */
export const isLevel = ({ aggregation }: Pick<Meter, 'aggregation'>): boolean =>
  aggregation === 'max' || aggregation === 'last'
