import { registerHooks } from 'node:module'

// For every file that it imports, Node parses the package.json above it again, whole. That of drizzle-orm has 180 kB and a hundred files
// ask for it, which was nearly half of a start. What these imports lead to is known without looking.
const inDrizzle = /\/node_modules\/drizzle-orm\/.*\.js$/
const ourPackages = new URL('../../', import.meta.url).href
const found = new Map<string, { url: string; format?: string | null | undefined }>()

registerHooks({
  resolve(specifier, context, nextResolve) {
    const from = context.parentURL ?? ''
    if (specifier.startsWith('.') && inDrizzle.test(from)) {
      return { url: new URL(specifier, from).href, format: 'module', shortCircuit: true }
    }
    if (!/^drizzle-orm(\/|$)/.test(specifier) || !from.startsWith(ourPackages)) return nextResolve(specifier, context)
    const known = found.get(specifier) ?? nextResolve(specifier, context)
    found.set(specifier, known)
    return { ...known, shortCircuit: true }
  },
})
