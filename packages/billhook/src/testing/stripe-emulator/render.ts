import { isHash } from './emulator-context.ts'

/** How many entries of an inner list an object shows; the rest is a call away. */
const shownEntries = 10

/** A copy as it goes over the wire: an invoice's lines and a subscription's items cut to their first page. */
export function renderObject<T extends Record<string, unknown>>(object: T): T {
  const copy = structuredClone(object)
  cutLists(copy, true)
  return copy
}

function cutLists(node: unknown, isTop: boolean): void {
  if (Array.isArray(node)) {
    for (const element of node) cutLists(element, false)
    return
  }
  if (!isHash(node)) return
  if (!isTop && node.object === 'list' && Array.isArray(node.data) && node.data.length > shownEntries) {
    node.data = node.data.slice(0, shownEntries)
    node.has_more = true
  }
  for (const value of Object.values(node)) cutLists(value, false)
}
