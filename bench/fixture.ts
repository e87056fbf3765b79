/** What the events of a run are about. Plain data: it travels to the load generator. */
export interface Fixture {
  accounts: Array<{ organizationId: string; externalCustomerId: string }>
  externalPriceId: string
  externalProductId: string
  /** `created` of event 0, in seconds; event n comes n seconds later, so no object sees two events in one second. */
  baseSeconds: number
}

export const webhookSecret = 'whsec_bench'

/** A platform key of the service. */
export const apiKey = 'bh_bench_key_of_the_platform_0123456789'
