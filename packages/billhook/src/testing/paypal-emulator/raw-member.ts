/** The source text of a top-level member of a JSON object, byte for byte; null where it has none of that name. */
export function rawMember(json: string, name: string): string | null {
  let depth = 0
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at]
    if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') depth -= 1
    else if (character === '"') {
      const end = endOfString(json, at)
      const colon = skipSpace(json, end)
      if (depth === 1 && json[colon] === ':' && JSON.parse(json.slice(at, end)) === name) {
        const start = skipSpace(json, colon + 1)
        return json.slice(start, endOfValue(json, start))
      }
      at = end - 1
    }
  }
  return null
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

function skipSpace(json: string, start: number): number {
  let at = start
  while (/\s/.test(json[at] ?? '')) at += 1
  return at
}

function endOfValue(json: string, start: number): number {
  let depth = 0
  for (let at = start; at < json.length; at += 1) {
    const character = json[at] ?? ''
    if (depth === 0 && at > start && /[,}\]\s]/.test(character)) return at
    if (character === '"') {
      at = endOfString(json, at) - 1
      if (depth === 0) return at + 1
    } else if (character === '{' || character === '[') depth += 1
    else if (character === '}' || character === ']') {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return json.length
}
