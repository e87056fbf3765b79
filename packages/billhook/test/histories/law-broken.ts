import { stableStringify } from '../../src/primitives/index.ts'

/** Something that must hold after every history, and does not. */
export class LawBroken extends Error {
  override name = 'LawBroken'
  constructor(law: string, found: unknown) {
    super(`${law}: ${found instanceof Error ? (found.stack ?? found.message) : stableStringify(found)}`, {
      cause: found,
    })
  }
}

/** Both sides as they would be written down: what is not the same to the byte is named. */
export function requireSame(law: string, ours: readonly object[], theirs: readonly object[]): void {
  const left = ours.map(stableStringify).toSorted()
  const right = theirs.map(stableStringify).toSorted()
  const onlyOurs = left.filter((text) => !right.includes(text))
  const onlyTheirs = right.filter((text) => !left.includes(text))
  if (onlyOurs.length + onlyTheirs.length > 0 || left.length !== right.length)
    throw new LawBroken(law, { onlyOurs, onlyTheirs, counts: [left.length, right.length] })
}
