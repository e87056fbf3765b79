import { type FileHandle, mkdir, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage } from '../primitives/errors.ts'
import type { UsageEntry } from './usage-entry.ts'

const segmentName = /^usage-(\d{12})\.jsonl$/
/** As many as the service takes at a time. */
const mostInSegment = 1_000

/** A file of entries, one a line, that nobody writes to any more. */
export interface Segment {
  path: string
  entries: number
}

interface Waiting {
  entries: readonly UsageEntry[]
  resolve(): void
  reject(error: unknown): void
}

/** Entries on disk, in files that are appended to, then delivered, then removed: a crash leaves files, and a torn line that nobody was promised. */
export class UsageFile {
  readonly #directory: string
  readonly #isSynced: boolean
  #sealed: Segment[] = []
  #current: { handle: FileHandle; segment: Segment } | null = null
  #nextNumber = 1
  #waiting: Waiting[] = []
  #work: Promise<unknown> = Promise.resolve()

  constructor(directory: string, fsync: 'always' | 'never') {
    this.#directory = directory
    this.#isSynced = fsync === 'always'
  }

  /** Finds what earlier processes left. */
  async open(): Promise<UsageEntry[]> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 })
    const names = (await readdir(this.#directory)).filter((name) => segmentName.test(name)).sort()
    const found: UsageEntry[] = []
    for (const name of names) {
      const path = join(this.#directory, name)
      const entries = await this.read({ path })
      found.push(...entries)
      this.#sealed.push({ path, entries: entries.length })
    }
    this.#nextNumber = Number(segmentName.exec(names.at(-1) ?? '')?.[1] ?? 0) + 1
    return found
  }

  /** Resolves once they are kept. Those that come meanwhile share one write. */
  append(entries: readonly UsageEntry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject })
      if (this.#waiting.length === 1) void this.#inTurn(() => this.#writeWaiting())
    })
  }

  /** What is there to deliver, oldest first. */
  seal(): Promise<readonly Segment[]> {
    return this.#inTurn(async () => {
      await this.#closeCurrent()
      return [...this.#sealed]
    })
  }

  async read({ path }: Pick<Segment, 'path'>): Promise<UsageEntry[]> {
    const text = await readFile(path, 'utf8')
    // What follows the last line's end was torn by a crash, before anybody was told that it is kept.
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [parseLine(line, path)]))
  }

  async remove(segment: Segment): Promise<void> {
    this.#sealed = this.#sealed.filter(({ path }) => path !== segment.path)
    await rm(segment.path, { force: true })
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#closeCurrent())
  }

  /** One after the other, whatever happened to the one before. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work)
    this.#work = result.catch(() => undefined)
    return result
  }

  async #writeWaiting(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    try {
      const entries = waiting.flatMap((each) => each.entries)
      for (let n = 0; n < entries.length; n += mostInSegment) await this.#write(entries.slice(n, n + mostInSegment))
      for (const { resolve } of waiting) resolve()
    } catch (error) {
      // Half a line may stand there now: nothing is ever written behind it.
      await this.#closeCurrent().catch(() => undefined)
      for (const { reject } of waiting) reject(error)
    }
  }

  async #write(entries: readonly UsageEntry[]): Promise<void> {
    if (this.#current && this.#current.segment.entries + entries.length > mostInSegment) await this.#closeCurrent()
    this.#current ??= await this.#begin()
    const { handle, segment } = this.#current
    await handle.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    if (this.#isSynced) await handle.datasync()
    segment.entries += entries.length
  }

  async #begin(): Promise<{ handle: FileHandle; segment: Segment }> {
    const path = join(this.#directory, `usage-${String(this.#nextNumber++).padStart(12, '0')}.jsonl`)
    const handle = await open(path, 'ax', 0o600)
    if (this.#isSynced) await syncDirectory(this.#directory)
    return { handle, segment: { path, entries: 0 } }
  }

  async #closeCurrent(): Promise<void> {
    if (!this.#current) return
    const { handle, segment } = this.#current
    this.#current = null
    this.#sealed.push(segment)
    await handle.close()
  }
}

/** The name of a new file is durable with its directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function parseLine(line: string, path: string): UsageEntry {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new Error(`${path} was damaged: ${errorMessage(error)}`)
  }
}
