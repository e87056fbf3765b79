import type { BillhookError } from '../../primitives/index.ts'

const longestBody = 4096

/** The JSON object that was sent; an empty one for anything else, whose fields are then missed by name. */
export async function readJson(request: Request): Promise<Record<string, unknown>> {
  const text = await request.text()
  if (text.length > longestBody) return {}
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? { ...body } : {}
  } catch {
    // No JSON is the same mistake as the wrong JSON, and gets the same answer.
    return {}
  }
}

export const problem = ({ status, code, message }: BillhookError, title: string): Response =>
  Response.json(
    { type: 'about:blank', title, status, code, detail: message },
    { status, headers: { 'content-type': 'application/problem+json' } },
  )
