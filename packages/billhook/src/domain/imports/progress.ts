import type { Context } from '../../context.ts'
import { databaseStateStore } from '../../db/index.ts'
import type { ImportKind, Tally } from './report.ts'

/** What is read, in this order: each needs the ones before it. */
export const readKinds = ['prices', 'customers', 'subscriptions', 'invoices'] as const satisfies readonly ImportKind[]
export type ReadKind = (typeof readKinds)[number]

interface Progress {
  /** What was asked for; another wish starts anew. */
  wish: string
  startedAt: string
  pages: number
  cursors: Partial<Record<ReadKind, { cursor: string | null; isDone: boolean }>>
}

type PageTally = Tally['content']

const progressKey = 'progress'
const pagePrefix = 'page/'

/**
 * How far the import of an account is, kept in the database after every page, so that a stopped one goes on instead of starting over. A
 * finished one leaves nothing behind.
 */
export class ImportProgress {
  readonly #store
  #progress: Progress
  readonly isResumed: boolean

  private constructor(store: ReturnType<typeof storeOf>, progress: Progress, isResumed: boolean) {
    this.#store = store
    this.#progress = progress
    this.isResumed = isResumed
  }

  static async open(ctx: Context, provider: string, wish: string): Promise<ImportProgress> {
    const store = storeOf(ctx, provider)
    const kept = await store.get<Progress>(progressKey)
    if (kept?.wish === wish) return new ImportProgress(store, kept, true)
    await clear(store)
    const startedAt = ctx.clock.now().toISOString()
    return new ImportProgress(store, { wish, startedAt, pages: 0, cursors: {} }, false)
  }

  get startedAt(): string {
    return this.#progress.startedAt
  }

  cursorOf(kind: ReadKind): { cursor: string | null; isDone: boolean } {
    return this.#progress.cursors[kind] ?? { cursor: null, isDone: false }
  }

  async savePage(kind: ReadKind, nextCursor: string | null, tally: PageTally): Promise<void> {
    const pages = this.#progress.pages + 1
    const cursors = { ...this.#progress.cursors, [kind]: { cursor: nextCursor, isDone: nextCursor === null } }
    this.#progress = { ...this.#progress, pages, cursors }
    await this.#store.exclusively(async (store) => {
      await store.put(pagePrefix + String(pages).padStart(9, '0'), tally)
      await store.put(progressKey, this.#progress)
    })
  }

  async pages(): Promise<PageTally[]> {
    return (await this.#store.list<PageTally>(pagePrefix)).map(({ value }) => value)
  }

  finish(): Promise<void> {
    return clear(this.#store)
  }
}

/** Beside the provider's own state, where it never looks. */
const storeOf = ({ db, clock }: Context, provider: string) =>
  databaseStateStore({ db, clock, provider: `import:${provider}` })

async function clear(store: ReturnType<typeof storeOf>): Promise<void> {
  for (const { key } of await store.list('')) await store.delete(key)
}
