import { expect, it } from 'vitest'
import { Convoy } from './convoy.ts'

const tick = () => new Promise<void>((resolve) => setImmediate(resolve))

it('sends the first alone, and whoever came meanwhile together, in order', async () => {
  const batches: number[][] = []
  const convoy = new Convoy<number, number>({
    sizeAtMost: 3,
    work: async (_, inputs) => {
      batches.push(inputs)
      await tick()
      return inputs.map((n) => n * 10)
    },
  })
  expect(await Promise.all([1, 2, 3, 4, 5].map((n) => convoy.add('a', n)))).toEqual([10, 20, 30, 40, 50])
  expect(batches).toEqual([[1], [2, 3, 4], [5]])
  expect(await convoy.add('a', 6)).toBe(60)
})

it('lets no key wait for another', async () => {
  const started: string[] = []
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const convoy = new Convoy<string, string>({
    sizeAtMost: 10,
    work: async (key, inputs) => {
      started.push(key)
      if (key === 'slow') await gate
      return inputs
    },
  })
  const slow = convoy.add('slow', 'x')
  expect(await convoy.add('quick', 'y')).toBe('y')
  expect(started).toEqual(['slow', 'quick'])
  open()
  expect(await slow).toBe('x')
})

it('lets nobody fail for somebody else', async () => {
  const convoy = new Convoy<number, number>({
    sizeAtMost: 10,
    work: async (_, inputs) => {
      await tick()
      if (inputs.includes(3)) throw new Error('three')
      return inputs
    },
  })
  const ends = await Promise.allSettled([1, 2, 3, 4].map((n) => convoy.add('a', n)))
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
})
