// `npm run build`: the dashboard's pages, and the library as plain JavaScript with type declarations, as `npm publish packages/billhook/dist` takes it.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publishedManifest } from './published-manifest.ts'
import { root, runStep } from './run-step.ts'

const library = join(root, 'packages/billhook')
rmSync(join(library, 'dist'), { recursive: true, force: true })

const builds: Record<string, string[]> = {
  'packages/dashboard/dist': ['node_modules/vite/bin/vite.js', 'build', 'packages/dashboard'],
  'packages/billhook/dist': ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'],
}

for (const [result, args] of Object.entries(builds)) {
  const { isOk, output } = await runStep(process.execPath, args)
  console.log(isOk ? `built ${result}` : `${result} could not be built:\n${output}`)
  if (!isOk) process.exit(1)
}
const manifest = publishedManifest(JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')))
writeFileSync(join(library, 'dist/package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
cpSync(join(root, 'LICENSE'), join(library, 'dist/LICENSE'))
cpSync(join(library, 'src/db/migrations'), join(library, 'dist/db/migrations'), { recursive: true })
