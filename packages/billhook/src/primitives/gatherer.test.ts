import { expect, it } from 'vitest'
import { Gatherer } from './gatherer.ts'

interface Trial {
  gatherer: Gatherer<string, string>
  batches: string[][]
  /** Lets the oldest batch that is being worked on end. */
  finish(error?: Error): void
}

function makeTrial(batchesAtMost = 1): Trial {
  const batches: string[][] = []
  const endings: Array<{ batch: string[]; end: (error?: Error) => void }> = []
  const gatherer = new Gatherer<string, string>({
    work: (batch) => {
      batches.push(batch)
      return new Promise((resolve, reject) => {
        const end = (error?: Error): void => (error ? reject(error) : resolve(batch.map((input) => `done ${input}`)))
        endings.push({ batch, end })
      })
    },
    keyOf: (input) => input.charAt(0),
    sizeAtMost: 3,
    batchesAtMost,
  })
  return { gatherer, batches, finish: (error) => endings.shift()?.end(error) }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

it('works on what comes alone at once, and on what comes meanwhile together', async () => {
  const { gatherer, batches, finish } = makeTrial()
  const first = gatherer.add('a1')
  const others = ['b1', 'c1'].map((input) => gatherer.add(input))
  expect(batches).toEqual([['a1']])
  finish()
  expect(await first).toBe('done a1')
  await settle()
  expect(batches).toEqual([['a1'], ['b1', 'c1']])
  finish()
  expect(await Promise.all(others)).toEqual(['done b1', 'done c1'])
})

it('never has two of one key in work, and keeps their order', async () => {
  const { gatherer, batches, finish } = makeTrial(2)
  for (const input of ['a1', 'a2', 'b1', 'a3']) void gatherer.add(input)
  await settle()
  expect(batches).toEqual([['a1'], ['b1']])
  finish()
  await settle()
  finish()
  await settle()
  finish()
  await settle()
  expect(batches.flat().filter((input) => input.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
})

it('makes no batch larger than it may be', async () => {
  const { gatherer, batches, finish } = makeTrial()
  for (const input of ['a1', 'b1', 'c1', 'd1', 'e1']) void gatherer.add(input)
  finish()
  await settle()
  expect(batches[1]).toEqual(['b1', 'c1', 'd1'])
})

it('gives a batch all that is here and that it may take', async () => {
  const { gatherer, batches, finish } = makeTrial(2)
  for (const input of ['a1', 'b1', 'c1', 'd1', 'e1']) void gatherer.add(input)
  expect(batches).toEqual([['a1'], ['b1']])
  finish()
  await settle()
  expect(batches[2]).toEqual(['c1', 'd1', 'e1'])
})

it('tells everyone in a batch that it failed, and goes on', async () => {
  const { gatherer, finish } = makeTrial()
  const failed = gatherer.add('a1')
  finish(new Error('the database is gone'))
  await expect(failed).rejects.toThrow('the database is gone')
  const next = gatherer.add('a2')
  await settle()
  finish()
  expect(await next).toBe('done a2')
})
