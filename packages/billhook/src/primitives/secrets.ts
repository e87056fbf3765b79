import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether two secrets are equal, in a time that tells neither their content nor their length. */
export function compareSecrets(a: string, b: string): boolean {
  // Digests have one length, which timingSafeEqual demands.
  return timingSafeEqual(digest(a), digest(b))
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
