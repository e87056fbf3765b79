/** A package of the workspace, whose exports are sources. */
interface Manifest {
  private?: boolean
  exports: Record<string, string>
  [field: string]: unknown
}

const source = /^\.\/src\/(.+)\.ts$/

/** What `npm publish packages/billhook/dist` says of the package: the same, with what was built in the place of every source. */
export function publishedManifest({ private: _, exports, ...manifest }: Manifest): Record<string, unknown> {
  return {
    ...manifest,
    exports: Object.fromEntries(Object.entries(exports).map(([name, path]) => [name, built(path)])),
  }
}

function built(path: string): string | { types: string; default: string } {
  const name = source.exec(path)?.[1]
  return name === undefined ? path : { types: `./${name}.d.ts`, default: `./${name}.js` }
}
