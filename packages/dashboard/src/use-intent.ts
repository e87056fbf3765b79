import { type UseMutationResult, useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { ApiError } from './api.ts'

/** `randomUUID` exists only on https and localhost; a trial on a machine in the office must work too. */
function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID()
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * A mutation with one idempotency key per intent of the user. Repeating the same input after an unclear
 * answer (no network, 5xx) carries the same key, so that it cannot be done twice.
 */
export function useIntent<Input, Answer>(
  send: (input: Input, idempotencyKey: string) => Promise<Answer>,
  onSuccess: (answer: Answer, input: Input) => unknown,
): UseMutationResult<Answer, Error, Input> {
  const unclear = useRef<{ input: string; key: string } | null>(null)
  return useMutation({
    mutationFn: async (input: Input) => {
      const fingerprint = JSON.stringify(input)
      const key = unclear.current?.input === fingerprint ? unclear.current.key : newKey()
      unclear.current = { input: fingerprint, key }
      return await send(input, key)
    },
    onSuccess: (answer, input) => {
      unclear.current = null
      return onSuccess(answer, input)
    },
    onError: (error) => {
      if (!(error instanceof ApiError && error.isUnclear)) unclear.current = null
    },
  })
}
