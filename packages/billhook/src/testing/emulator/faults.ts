/** A planned failure of the next matching API requests. */
export interface Fault {
  /** Which requests; all of them when left out. */
  match?: (method: string, path: string) => boolean
  /**
   * `drop_before` cuts the connection with nothing done, `drop_after` with everything done and stored for its
   * idempotency key; `status` answers an error before any work and stores nothing.
   */
  kind: 'drop_before' | 'drop_after' | 'status'
  /** For `status`; 500 when left out. */
  status?: 429 | 500 | 503
  /** For `status`: kept for the idempotency key and answered again, as some do with a 500 in the middle of their work. */
  isStored?: boolean
  /** How many matching requests; 1 when left out. An SDK may repeat a cut request by itself. */
  times?: number
}

export interface Faults {
  /** Plans a failure; faults are used up in the order they were planned. */
  next(fault: Fault): void
  clear(): void
  /** Failures that have not happened yet. */
  readonly left: number
}

export interface FaultQueue extends Faults {
  take(method: string, path: string): Fault | null
}

export function createFaults(): FaultQueue {
  let planned: Array<{ fault: Fault; left: number }> = []
  return {
    next: (fault) => {
      planned.push({ fault, left: fault.times ?? 1 })
    },
    clear: () => {
      planned = []
    },
    get left() {
      return planned.reduce((sum, { left }) => sum + left, 0)
    },
    take: (method, path) => {
      const entry = planned.find(({ fault }) => fault.match?.(method, path) ?? true)
      if (!entry) return null
      entry.left -= 1
      if (entry.left === 0) planned = planned.filter((other) => other !== entry)
      return entry.fault
    },
  }
}
