import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Events in each measured run. */
  events: number
  /** Events that every side gets before the first measured run, so that nobody pays for a cold start. */
  warmUpEvents: number
  rounds: number
  concurrencies: number[]
  /** Organizations, each with a customer and a live subscription. */
  organizations: number
  /** Where the CPU profile of the service and the statements of its database go; nowhere when left out. */
  profileDirectory: string | undefined
}

// An event's time is its number in seconds, and none may lie in the future.
const maxEventsInAll = 90_000

const full = { events: '2000', warmUp: '1000', rounds: '3', concurrency: '8,32', organizations: '500' }
const quick = { events: '60', warmUp: '20', rounds: '1', concurrency: '8', organizations: '30' }

/** Errors: a sentence about the option that is wrong. */
export function readOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      events: { type: 'string' },
      rounds: { type: 'string' },
      concurrency: { type: 'string' },
      profile: { type: 'string' },
    },
  })
  const size = values.quick ? quick : full
  const options = {
    events: count('events', values.events ?? size.events, 20_000),
    warmUpEvents: count('warm-up', size.warmUp, 20_000),
    rounds: count('rounds', values.rounds ?? size.rounds, 9),
    concurrencies: (values.concurrency ?? size.concurrency).split(',').map((text) => count('concurrency', text, 256)),
    organizations: count('organizations', size.organizations, 5_000),
    profileDirectory: values.profile,
  }
  const inAll = options.warmUpEvents + options.events * options.rounds * options.concurrencies.length
  if (inAll > maxEventsInAll) throw new Error(`${inAll} events in all are too many; ${maxEventsInAll} are allowed.`)
  return options
}

function count(name: string, text: string, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new Error(`--${name} is "${text}"; it can be 1 to ${most}.`)
}
