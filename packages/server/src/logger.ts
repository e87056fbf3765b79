import { pino } from 'pino'

export interface LoggerOptions {
  isProduction: boolean
  /** Values that must not appear, whatever carries them. */
  secrets: readonly string[]
  /** One line with its line break. */
  write(line: string): void
}

const redacted = '[redacted]'
/** Names under which a secret would travel if somebody logged too much. */
const secretKeys = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'token',
  'api_key',
  'apiKey',
  'secretKey',
  'webhookSecret',
])

/** The facts of a line, to the depth that anybody logs; copied only where something must not be seen. */
function withoutSecretKeys(facts: Record<string, unknown>, depth = 3): Record<string, unknown> {
  let seen = facts
  for (const [key, value] of Object.entries(facts)) {
    const shown = secretKeys.has(key)
      ? redacted
      : isFacts(value) && depth > 1
        ? withoutSecretKeys(value, depth - 1)
        : value
    if (shown === value) continue
    if (seen === facts) seen = { ...facts }
    seen[key] = shown
  }
  return seen
}

const isFacts = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Error)

/** JSON lines in production; otherwise one short line that a person reads. */
export function makeLogger({ isProduction, secrets, write }: LoggerOptions): pino.Logger {
  const format = isProduction ? (line: string) => line : readableLine
  return pino(
    {
      level: 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { log: (facts) => withoutSecretKeys(facts) },
    },
    { write: (line: string) => write(withoutSecrets(format(line), secrets)) },
  )
}

function withoutSecrets(line: string, secrets: readonly string[]): string {
  // A secret inside a JSON string is written as JSON writes it.
  return secrets.reduce(
    (text, secret) => text.replaceAll(JSON.stringify(secret).slice(1, -1), redacted).replaceAll(secret, redacted),
    line,
  )
}

function readableLine(line: string): string {
  const { level, time, msg, stack, ...facts }: Record<string, unknown> = JSON.parse(line)
  const name = pino.levels.labels[Number(level)] ?? 'info'
  const shown = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const parts = [String(time).slice(11, 19), name === 'info' ? '' : name.toUpperCase(), String(msg ?? ''), ...shown]
  return `${parts.filter(Boolean).join(' ')}\n${typeof stack === 'string' ? `${stack}\n` : ''}`
}
