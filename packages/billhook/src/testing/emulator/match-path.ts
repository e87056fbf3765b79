/** The values of the path's `:name` segments, or null where the path is another one. */
export function matchPath(pattern: string, path: string): Record<string, string> | null {
  const expected = pattern.split('/')
  const given = path.split('/')
  if (expected.length !== given.length) return null
  const ids: Record<string, string> = {}
  for (const [position, segment] of expected.entries()) {
    const value = given[position] ?? ''
    if (segment.startsWith(':')) ids[segment.slice(1)] = decodeURIComponent(value)
    else if (segment !== value) return null
  }
  return ids
}
