import { expect, it } from 'vitest'
import { publishedManifest } from './published-manifest.ts'

it('leads whoever installs the package to what was built, and changes nothing else of it', () => {
  const exports = { './http': './src/http/index.ts', './package.json': './package.json' }
  const manifest = { name: 'billhook', private: true, type: 'module', exports, dependencies: { pg: '8.23.1' } }
  expect(publishedManifest(manifest)).toEqual({
    name: 'billhook',
    type: 'module',
    exports: {
      './http': { types: './http/index.d.ts', default: './http/index.js' },
      './package.json': './package.json',
    },
    dependencies: { pg: '8.23.1' },
  })
})
