import type { Finding, ResolvedImport } from './check-imports.ts'

const domainOf = (path: string | undefined): string | undefined =>
  /^billhook\/src\/domain\/([^/]+)\//.exec(path ?? '')?.[1]

/** Domain folders form layers: if A needs B, B must not need A, not even through others. */
export function findDomainCycles(imports: ResolvedImport[]): Finding[] {
  const edges = new Map<string, Map<string, ResolvedImport>>()
  for (const found of imports) {
    const [from, to] = [domainOf(found.file), domainOf(found.ours)]
    if (!from || !to || from === to) continue
    const targets = edges.get(from) ?? new Map<string, ResolvedImport>()
    if (!targets.has(to)) targets.set(to, found)
    edges.set(from, targets)
  }
  const reported = new Set<string>()
  return [...edges].flatMap(([from, targets]) =>
    [...targets].flatMap(([to, found]) => {
      const back = findPath(edges, to, from)
      const members = back && [...back].sort().join()
      if (!back || !members || reported.has(members)) return []
      reported.add(members)
      return [
        {
          file: found.file,
          line: found.line,
          sentence: `a cycle between domain folders: ${[from, ...back].join(' -> ')}`,
        },
      ]
    }),
  )
}

/** The shortest way from one folder to another, both included. */
function findPath(edges: Map<string, Map<string, unknown>>, from: string, to: string): string[] | undefined {
  const queue = [[from]]
  const seen = new Set([from])
  for (const path of queue) {
    const last = path.at(-1) ?? from
    if (last === to) return path
    for (const next of edges.get(last)?.keys() ?? []) {
      if (seen.has(next)) continue
      seen.add(next)
      queue.push([...path, next])
    }
  }
  return undefined
}
