import type { ImportProgressNote } from 'billhook'

interface Screen {
  isTTY?: boolean | undefined
  columns?: number | undefined
  write(text: string): unknown
}

const barWidth = 24
/** Elsewhere than on a terminal, a line for every so many objects is enough. */
const linesEvery = 500
const redrawMs = 100

/** One line that is drawn over and over on a terminal; a line now and then in a log. */
export function showProgress(screen: Screen, now: () => number = Date.now) {
  let last: ImportProgressNote | null = null
  let drawnAt = 0
  const draw = (note: ImportProgressNote) => {
    drawnAt = now()
    screen.write(`\r\u001b[K${lineOf(note)}`.slice(0, (screen.columns ?? 80) + 4))
  }
  return {
    note(note: ImportProgressNote): void {
      const isNewKind = last?.kind !== note.kind
      if (last && isNewKind) this.end()
      last = note
      if (!screen.isTTY) {
        if (note.done % linesEvery === 0) screen.write(`${lineOf(note)}\n`)
      } else if (isNewKind || now() - drawnAt >= redrawMs || note.done === note.total) draw(note)
    },
    /** Leaves the last count standing. */
    end(): void {
      if (!last) return
      if (screen.isTTY) draw(last)
      screen.write(screen.isTTY ? '\n' : `${lineOf(last)}, done\n`)
      last = null
    },
  }
}

function lineOf({ kind, done, total }: ImportProgressNote): string {
  if (total === null) return `${kind} ${done}`
  const full = total === 0 ? barWidth : Math.round((done / total) * barWidth)
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}] ${kind} ${done} of ${total}`
}
