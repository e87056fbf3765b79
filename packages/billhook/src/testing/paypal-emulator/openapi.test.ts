import { globSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { matchPath } from '../emulator/match-path.ts'
import {
  answerOf,
  bodyOf,
  type Description,
  findOperation,
  findProblems,
  type Problem,
  queryOf,
  readDescription,
} from '../openapi/index.ts'
import { apiRoutes } from './answer-request.ts'
import type { LoggedRequest } from './http-server.ts'
import { takeTour } from './tour.ts'

/** `PAYPAL_SPECS`: a folder of PayPal's OpenAPI descriptions (github.com/paypal/paypal-rest-api-specifications, `openapi`). */
const folder = process.env.PAYPAL_SPECS

/** Younger than a description of February 2024, as the SDK 2.5.0 has it. */
const newerRoutes = ['GET /v1/billing/subscriptions']
const known = new Set([
  // Totals of a list come with the number of the page, which these two leave out.
  'unknown .page',
  'unknown .page_size',
  // In recorded answers: what kind of service a plan bills.
  'unknown payment_preferences.service_type',
  // The codes are PayPal's, the sentences our own.
  'value .message',
  'value .details.description',
])

let calls: LoggedRequest[]
beforeAll(async () => {
  calls = await takeTour()
})

function routeOf({ method, path }: LoggedRequest): string {
  const route = apiRoutes.find((one) => one.method === method && matchPath(one.path, path))
  return `${method} ${route?.path ?? path}`
}

describe('the tour through the emulator', () => {
  it('takes every route, and is refused with every status', () => {
    const taken = new Set(calls.map(routeOf))
    expect(apiRoutes.map(({ method, path }) => `${method} ${path}`).filter((route) => !taken.has(route))).toEqual([])
    expect([...new Set(calls.map(({ status }) => status))].sort()).toEqual([200, 201, 202, 204, 400, 401, 404, 422])
  })
})

/** Asked for with `PAYPAL_SPECS`. */
if (folder !== undefined) describeAgainst(folder)

function describeAgainst(specs: string): void {
  describe("PayPal's own descriptions", () => {
    const descriptions = globSync('*_v[123].json', { cwd: specs }).map((file) => readDescription(join(specs, file)))
    const described = () =>
      calls
        .filter((call) => !newerRoutes.includes(routeOf(call)))
        .map((call) => ({ call, found: findIn(descriptions, call) }))

    it('know every route', () => {
      expect(descriptions.length).toBeGreaterThan(4)
      expect(
        described()
          .filter(({ found }) => !found)
          .map(({ call }) => routeOf(call)),
      ).toEqual([])
    })

    it('fit every request that is accepted', () => {
      const problems: Problem[] = []
      for (const { call, found } of described()) {
        if (!found || call.status === null || call.status >= 400) continue
        const place = { description: found.description, owner: '', path: routeOf(call), tellsUnknown: true, known }
        const query = Object.fromEntries(new URLSearchParams(call.query))
        problems.push(...findProblems(queryOf(found.operation), query, { ...place, isForm: true }))
        const body = bodyOf(found.operation)
        if (body && call.body !== undefined)
          problems.push(...findProblems(body, call.body, { ...place, isForm: false }))
      }
      expect(problems).toEqual([])
    })

    it('fit every answer, refusals too', () => {
      const problems: Problem[] = []
      let checked = 0
      for (const { call, found } of described()) {
        const schema = found && answerOf(found.description, found.operation, call.status ?? 0)
        if (!found || !schema) continue
        const place = { description: found.description, owner: '', path: `${call.status} ${routeOf(call)}` }
        problems.push(...findProblems(schema, call.answer, { ...place, isForm: false, tellsUnknown: true, known }))
        checked += 1
      }
      expect(problems).toEqual([])
      expect(checked).toBeGreaterThan(60)
    })
  })
}

function findIn(descriptions: readonly Description[], { method, path }: LoggedRequest) {
  for (const description of descriptions) {
    const operation = findOperation(description, method, path)
    if (operation) return { description, operation }
  }
  return null
}
