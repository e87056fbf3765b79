import type { Debt } from './state.ts'

/** A debt is as old as its oldest open bill, whichever of the failures was heard of first. Null while no bill of it is known. */
export const debtSince = (debts: readonly Debt[]): Date | null =>
  debts.reduce<Date | null>((oldest, { since }) => (oldest && oldest <= since ? oldest : since), null)
