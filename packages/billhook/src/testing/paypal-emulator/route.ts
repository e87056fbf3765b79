import type { EmulatorContext } from './emulator-context.ts'

/** One request to the API, read and let in. */
export interface ApiCall {
  ids: Record<string, string>
  query: URLSearchParams
  /** Parsed; undefined when nothing was sent. */
  body: unknown
  /** The body as it came. */
  raw: string
  /** `Prefer: return=representation`; otherwise a creation answers only id, status and links. */
  wantsRepresentation: boolean
}

export interface ApiResult {
  status: number
  /** Left out: no body. */
  body?: Record<string, unknown>
}

/** One call of the emulated API. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With `:name` segments. */
  path: string
  /** Query parameters it takes. */
  query?: readonly string[]
  /** For how many hours a `PayPal-Request-Id` is kept; left out where PayPal does not look at it. */
  requestIdHours?: number
  answer(context: EmulatorContext, call: ApiCall): ApiResult
}

export const done: ApiResult = { status: 204 }
