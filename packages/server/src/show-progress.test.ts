import { expect, it } from 'vitest'
import { showProgress } from './show-progress.ts'

function screenOf(isTTY: boolean) {
  const written: string[] = []
  let at = 0
  const progress = showProgress({ isTTY, columns: 80, write: (text) => written.push(text) }, () => at)
  return { written, progress, wait: (ms: number) => (at += ms) }
}

it('draws one line over and over on a terminal, and leaves the last count standing', () => {
  const { written, progress, wait } = screenOf(true)
  progress.note({ kind: 'organizations', done: 1, total: 4 })
  progress.note({ kind: 'organizations', done: 2, total: 4 })
  wait(100)
  progress.note({ kind: 'organizations', done: 3, total: 4 })
  progress.end()
  expect(written).toEqual([
    '\r\u001b[K[######..................] organizations 1 of 4',
    '\r\u001b[K[##################......] organizations 3 of 4',
    '\r\u001b[K[##################......] organizations 3 of 4',
    '\n',
  ])
})

it('writes plain lines now and then elsewhere, and one at the end of each kind', () => {
  const { written, progress } = screenOf(false)
  for (let done = 1; done <= 501; done++) progress.note({ kind: 'customers', done, total: null })
  progress.note({ kind: 'invoices', done: 1, total: null })
  progress.end()
  progress.end()
  expect(written).toEqual(['customers 500\n', 'customers 501, done\n', 'invoices 1, done\n'])
})
