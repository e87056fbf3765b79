export interface ImportStatement {
  specifier: string
  line: number
  /** `import type` or `export type`: nothing of it is there at run time. */
  isTypeOnly: boolean
}

// In order: comments, strings and templates (which may look like comments), regular expressions after a place where an
// expression can begin. Template placeholders are taken as text, which is enough to find where comments start and end.
const TOKENS =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`|(?<=(?:^|[=(,:;!&|?{}[\n]|return|=>)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*/g

/** The source with its comments blanked out, every remaining character where it was. */
export function withoutComments(source: string): string {
  return source.replace(TOKENS, (token) => (/^\/[/*]/.test(token) ? token.replace(/[^\n]/g, ' ') : token))
}

const IMPORTS = [
  /(?:^|[;\n}])\s*(?:import|export)\b[^'"`;()=]*?\bfrom\s*(['"])(?<specifier>[^'"\n]+)\1/g,
  /(?:^|[;\n}])\s*import\s*(['"])(?<specifier>[^'"\n]+)\1/g,
  /\bimport\s*\(\s*(['"])(?<specifier>[^'"\n]+)\1/g,
]

/** Every import, type import, re-export and dynamic import with a fixed specifier. */
export function findImports(source: string): ImportStatement[] {
  const code = withoutComments(source)
  const found: ImportStatement[] = []
  for (const pattern of IMPORTS) {
    for (const match of code.matchAll(pattern)) {
      const specifier = match.groups?.specifier
      if (!specifier) continue
      const line = lineAt(code, match.index + match[0].lastIndexOf(specifier))
      found.push({ specifier, line, isTypeOnly: /^[;}\s]*(import|export)\s+type\b/.test(match[0]) })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}

export function lineAt(source: string, index: number): number {
  let line = 1
  for (let at = source.indexOf('\n'); at !== -1 && at < index; at = source.indexOf('\n', at + 1)) line += 1
  return line
}
