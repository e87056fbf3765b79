import { InvalidArgumentError } from 'commander'

/** An option that is a whole number from 1. */
export function positive(value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('It is a whole number from 1.')
  return number
}
