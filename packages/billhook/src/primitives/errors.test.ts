import { describe, expect, it } from 'vitest'
import { BillhookError, conflict, errorMessage, InvariantError, invalid, notFound } from './errors.ts'

describe('BillhookError', () => {
  it('carries a code, a status, facts and the cause', () => {
    const cause = new Error('socket closed')
    const error = new BillhookError('provider_unavailable', 'Try later.', {
      status: 503,
      facts: { provider: 'x' },
      cause,
    })
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'BillhookError',
      message: 'Try later.',
      code: 'provider_unavailable',
      status: 503,
      facts: { provider: 'x' },
      cause,
    })
  })

  it('is a 400 without facts and without a cause unless told otherwise', () => {
    const error = new BillhookError('wrong', 'It is wrong.')
    expect(error).toMatchObject({ status: 400, facts: {} })
    expect('cause' in error).toBe(false)
  })

  it('has makers for the three statuses that domain code answers', () => {
    expect(notFound('no_plan', 'None.')).toMatchObject({ code: 'no_plan', status: 404, facts: {} })
    expect(conflict('busy', 'Busy.', { id: 1 })).toMatchObject({ code: 'busy', status: 409, facts: { id: 1 } })
    expect(invalid('bad', 'Bad.', { field: 'x' })).toMatchObject({ code: 'bad', status: 400, facts: { field: 'x' } })
  })

  it('is never what a bug of ours throws, so that the edge shows nothing of a bug', () => {
    expect(new InvariantError('impossible')).not.toBeInstanceOf(BillhookError)
    expect(new InvariantError('impossible').name).toBe('InvariantError')
  })
})

describe('errorMessage', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  it.each([
    ['an error', new Error('no'), 'no'],
    ['an error without a message', new TypeError(), 'TypeError'],
    [
      'a refused connection',
      new AggregateError([new Error('v6 refused'), new Error('v4 refused')]),
      'v6 refused; v4 refused',
    ],
    [
      'a failed query, without the values it was given',
      Object.assign(new Error('Failed query: select $1\nparams: a@a.test', { cause: new Error('no such table') }), {
        params: ['a@a.test'],
      }),
      'no such table',
    ],
    ['a string', 'no', 'no'],
    ['an empty string', '', 'thrown value: ""'],
    ['an object', { a: 1 }, 'thrown value: {"a":1}'],
    ['nothing', undefined, 'thrown value: undefined'],
    ['a cycle', cycle, 'thrown value: [object Object]'],
  ])('says something readable of %s', (_name, thrown, expected) => {
    expect(errorMessage(thrown)).toBe(expected)
  })
})
