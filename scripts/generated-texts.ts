export interface GeneratedText {
  /** From the project's root. */
  file: string
  /** The file's whole content; the same for the same sources, so without times or machine names. */
  make(): Promise<string>
}

/**
 * The text files that are made from code and kept in the repository. `npm run generate` writes them and `npm run check`
 * compares them. To add one, add a line; import what it needs inside `make`.
 */
export const generatedTexts: GeneratedText[] = [
  {
    file: 'docs/openapi.json',
    make: async () => {
      const { describeApi } = await import('../packages/billhook/src/http/index.ts')
      return `${JSON.stringify(describeApi(), null, 2)}\n`
    },
  },
  {
    file: 'docs/providers.md',
    make: async () => {
      const { makeProviderDocs } = await import('./provider-docs.ts')
      return makeProviderDocs()
    },
  },
]
