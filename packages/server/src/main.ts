import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import './quick-imports.ts'

// What was compiled once is not compiled again at the next start. Where nothing can be written, it is.
const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url))
enableCompileCache(join(packages, '.cache/billhook-compiled'))
await import('./command-line.ts')
