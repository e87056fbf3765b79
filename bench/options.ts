import { parseArgs } from 'node:util'
import { type PartName, partNames } from './parts.ts'

export interface BenchOptions {
  /** What is measured, in this order. */
  parts: PartName[]
  /** Events in each measured run. */
  events: number
  /** Events that every side gets before the first measured run, so that nobody pays for a cold start. */
  warmUpEvents: number
  rounds: number
  concurrencies: number[]
  /** Organizations, each with a customer and a live subscription. */
  organizations: number
  /** How many processes of the service share a Postgres, one number a measurement. */
  processes: number[]
  /** Memory is looked at after this many events, and after twice as many. */
  memoryEvents: number
  /** Usage events of the tenant whose usage is read, and of everybody else. */
  tenantEvents: number
  otherEvents: number
  /** Forged ones in each round, or as many as are sent while the events come, if that is more. */
  forgedRequests: number
  /** Where the CPU profile of the service and the statements of its database go; nowhere when left out. */
  profileDirectory: string | undefined
}

// An event's time is its number in seconds, and none may lie in the future.
const maxEventsInAll = 90_000

const full = {
  ...{ events: '2000', warmUp: '1000', rounds: '3', concurrency: '8,32', organizations: '500' },
  ...{ processes: '1,2,4', memoryEvents: '10000', forgedRequests: '30000' },
  ...{ tenantEvents: '1000000', otherEvents: '9000000' },
}
const quick = {
  ...{ events: '60', warmUp: '20', rounds: '1', concurrency: '8', organizations: '30' },
  ...{ processes: '1,2', memoryEvents: '100', forgedRequests: '1000' },
  ...{ tenantEvents: '5000', otherEvents: '5000' },
}

const known = {
  quick: { type: 'boolean', default: false },
  events: { type: 'string' },
  rounds: { type: 'string' },
  concurrency: { type: 'string' },
  profile: { type: 'string' },
  processes: { type: 'string' },
  'tenant-events': { type: 'string' },
  'other-events': { type: 'string' },
  all: { type: 'boolean', default: false },
} as const
const partFlags = Object.fromEntries(
  partNames.filter((name) => name !== 'processes').map((name) => [name, { type: 'boolean' }] as const),
)

/** Errors: a sentence about the option that is wrong. */
export function readOptions(given: string[]): BenchOptions {
  // A bare --processes means the usual numbers.
  const args = given.map((arg, index) =>
    arg === '--processes' && !/^\d/.test(given[index + 1] ?? '') ? `--processes=${full.processes}` : arg,
  )
  const { values } = parseArgs({ args, options: { ...known, ...partFlags } })
  const size = values.quick ? quick : full
  const counts = (name: string, text: string, most: number) => text.split(',').map((each) => count(name, each, most))
  const named = partNames.filter((name) => Object(values)[name] !== undefined)
  const options: BenchOptions = {
    parts: values.all ? [...partNames] : named.length > 0 ? named : ['intake'],
    events: count('events', values.events ?? size.events, 20_000),
    warmUpEvents: count('warm-up', size.warmUp, 20_000),
    rounds: count('rounds', values.rounds ?? size.rounds, 9),
    concurrencies: counts('concurrency', values.concurrency ?? size.concurrency, 256),
    organizations: count('organizations', size.organizations, 5_000),
    processes: counts('processes', values.processes ?? size.processes, 16),
    memoryEvents: count('memory events', size.memoryEvents, 20_000),
    tenantEvents: count('tenant-events', values['tenant-events'] ?? size.tenantEvents, 10_000_000),
    otherEvents: count('other-events', values['other-events'] ?? size.otherEvents, 100_000_000),
    forgedRequests: count('forged requests', size.forgedRequests, 100_000),
    profileDirectory: values.profile,
  }
  // Subscriptions and invoices come in turn, and each run has as many of the one as of the other.
  if (options.events % 2 !== 0) throw new Error(`--events is "${options.events}"; it can be an even number.`)
  const inAll = options.warmUpEvents + options.events * options.rounds * options.concurrencies.length
  if (inAll > maxEventsInAll) throw new Error(`${inAll} events in all are too many; ${maxEventsInAll} are allowed.`)
  return options
}

function count(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Error(`--${name} is "${text}"; it can be 1 to ${most}.`)
}
