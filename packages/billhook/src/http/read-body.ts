import { BillhookError } from '../primitives/index.ts'

export const maxBodyBytes = 1_048_576
/** How much of a body that is too large is read and thrown away, so that the client hears why instead of a cut connection. */
const maxDrainedBytes = 16 * maxBodyBytes

/** The whole body, at most 1 MB. Errors: `body_too_large` (413), `body_incomplete` (400) when the sender broke off. */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  let chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength
      // What is too large is not kept while the rest of it comes.
      if (bytes <= maxBodyBytes) chunks.push(chunk)
      else chunks = []
      if (bytes > maxDrainedBytes) break
    }
  } catch (cause) {
    const detail = 'The connection broke off in the middle of the body.'
    throw new BillhookError('body_incomplete', detail, { status: 400, cause })
  }
  if (bytes > maxBodyBytes) {
    throw new BillhookError('body_too_large', 'The body is larger than 1 MB.', { status: 413 })
  }
  const whole = new Uint8Array(bytes)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
