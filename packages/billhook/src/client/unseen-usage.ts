import type { Entitlement, LimitMeter } from '../domain/entitlements/entitlement.ts'
import type { UsageEntry } from './usage-entry.ts'

/** What one event comes to, as far as this process can tell: levels and different values are for the service to say. */
function amountOf({ quantity = 1, properties = {} }: UsageEntry, meter: LimitMeter | undefined): number {
  if (meter?.aggregation === 'count') return 1
  if (meter && meter.aggregation !== 'sum') return 0
  const value = Number(meter?.property ? properties[meter.property] : quantity)
  return Number.isFinite(value) ? value : 0
}

const keyOf = ({ meter, id }: UsageEntry): string => `${meter}\n${id}`

/** An organization's usage that the snapshot at hand does not know of: not delivered, or delivered since it was asked for. */
export class UnseenUsage {
  readonly #entries = new Map<string, { meter: string; value: number }>()
  readonly #meters = new Map<string, { value: number; entries: number }>()
  #delivered: string[] = []

  add(entry: UsageEntry, meter: LimitMeter | undefined): void {
    // A repeated id is one event.
    if (this.#entries.has(keyOf(entry))) return
    const value = amountOf(entry, meter)
    this.#entries.set(keyOf(entry), { meter: entry.meter, value })
    const { value: before, entries } = this.#meters.get(entry.meter) ?? { value: 0, entries: 0 }
    this.#meters.set(entry.meter, { value: before + value, entries: entries + 1 })
  }

  of(meter: string): number {
    return this.#meters.get(meter)?.value ?? 0
  }

  taken = ({ meter }: Entitlement): number => (meter ? this.of(meter.key) : 0)

  delivered(entries: readonly UsageEntry[]): void {
    for (const entry of entries) this.#delivered.push(keyOf(entry))
  }

  /** Called before the service is asked: what was delivered by then is in its answer, which `seen` is called with. */
  asking(): readonly string[] {
    return [...this.#delivered]
  }

  seen(keys: readonly string[]): void {
    const gone = new Set(keys)
    this.#delivered = this.#delivered.filter((key) => !gone.has(key))
    for (const key of gone) this.#forget(key)
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key)
    const meter = entry && this.#meters.get(entry.meter)
    if (!entry || !meter) return
    this.#entries.delete(key)
    // Sums of floats leave crumbs: of nothing there is nothing.
    if (meter.entries === 1) this.#meters.delete(entry.meter)
    else this.#meters.set(entry.meter, { value: meter.value - entry.value, entries: meter.entries - 1 })
  }
}
