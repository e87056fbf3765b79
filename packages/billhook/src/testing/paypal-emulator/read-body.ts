import type { z } from 'zod'
import { type ErrorDetail, invalidRequest } from './api-error.ts'

/** The body as the schema reads it, defaults filled in; PayPal's 400 with a detail for every field that does not fit. */
export function readBody<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  if (body === undefined) throw invalidRequest([{ issue: 'MISSING_REQUEST_BODY', location: 'body' }])
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw invalidRequest(parsed.error.issues.map((issue) => detailOf(issue, body)))
}

function detailOf(issue: z.core.$ZodIssue, body: unknown): ErrorDetail {
  const field = `/${issue.path.map(String).join('/')}`
  const value = valueAt(body, issue.path)
  return {
    field,
    issue: issueCode(issue, value),
    description: issue.message,
    location: 'body',
    ...(value !== undefined && { value: typeof value === 'string' ? value : JSON.stringify(value) }),
  }
}

function issueCode(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined) return 'MISSING_REQUIRED_PARAMETER'
  const kind = typeof value === 'string' ? 'STRING' : 'INTEGER'
  const measure = kind === 'STRING' ? 'LENGTH' : 'VALUE'
  if (issue.code === 'too_small') return `INVALID_${kind}_MIN_${measure}`
  if (issue.code === 'too_big') return `INVALID_${kind}_MAX_${measure}`
  return issue.code === 'invalid_value' ? 'INVALID_PARAMETER_VALUE' : 'INVALID_PARAMETER_SYNTAX'
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (node, key) => (typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined),
    body,
  )
}
