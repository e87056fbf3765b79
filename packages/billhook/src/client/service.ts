import { BillhookError } from '../primitives/errors.ts'
import type { ClientOptions } from './options.ts'

export interface ServiceRequest {
  method?: 'GET' | 'POST'
  path: string
  /** Empty: the key says which. */
  organization: string
  headers?: Record<string, string>
  body?: string
}

export interface ServiceAnswer {
  status: number
  headers: Headers
  text: string
}

/** One call to the service. Whatever it answers is an answer. Error: `service_unreachable`. */
export type Service = (request: ServiceRequest) => Promise<ServiceAnswer>

export function makeService({ url, apiKey, timeoutMs = 5_000, fetch: send = fetch }: ClientOptions): Service {
  const base = `${url.replace(/\/+$/, '')}/api/v1`
  return async ({ method = 'GET', path, organization, headers = {}, body }) => {
    try {
      const response = await send(base + path, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
        headers: {
          authorization: `Bearer ${apiKey}`,
          ...(organization === '' ? {} : { 'x-organization-id': organization }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      })
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch (cause) {
      throw new BillhookError('service_unreachable', `${base}${path} cannot be reached.`, { status: 503, cause })
    }
  }
}

/** What an answer that is a refusal says. */
export function refusalOf({ status, text }: ServiceAnswer): { code: string; detail: string } {
  const { code, detail } = fieldsIn(text)
  return {
    code: typeof code === 'string' ? code : `http_${status}`,
    detail: typeof detail === 'string' ? detail : `The service answered ${status}.`,
  }
}

export function fieldsIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    // A proxy's page, say: it has no fields.
    return {}
  }
}
