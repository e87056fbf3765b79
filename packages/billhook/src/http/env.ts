import type { OpenAPIHono } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import type { Context } from '../context.ts'
import { InvariantError } from '../primitives/index.ts'
import type { Access } from './access.ts'
import type { Credential } from './credential.ts'
import type { HttpOptions } from './options.ts'

/** What a request carries on its way through the handler. */
export interface Variables {
  requestId: string
  /** What came, whole; empty where there was nothing. */
  rawBody: Uint8Array<ArrayBuffer>
  credential: Credential
  /** Null: a platform call over all organizations. */
  organizationId: string | null
  /** From the Idempotency-Key; undefined without one. */
  businessKey: string | undefined
  /** For the access log. */
  operationId: string | undefined
}

/** What a host may know of a request that the request itself would have to be asked for at a cost. */
export interface HostRequest {
  /** Its body as it arrives, instead of `request.body`. */
  body?: AsyncIterable<Uint8Array>
}

export interface Env {
  Variables: Variables
  Bindings: HostRequest | undefined
}

export type App = OpenAPIHono<Env>

/** What a file of routes is given besides the app. */
export interface RouteTools {
  ctx: Context
  options: HttpOptions
  access: Access
  idempotent: MiddlewareHandler<Env>
}

export type RegisterRoutes = (app: App, tools: RouteTools) => void

/** The organization that the caller acts for; the route's access rule has made sure that there is one. */
export function organizationOf(c: { get(key: 'organizationId'): string | null }): string {
  const organizationId = c.get('organizationId')
  if (organizationId === null) throw new InvariantError('a route without an access rule asked for the organization')
  return organizationId
}
