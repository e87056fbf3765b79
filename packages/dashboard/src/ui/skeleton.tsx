import clsx from 'clsx'

/** Holds the place of what is being loaded, so that nothing jumps when it comes. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={clsx('motion-safe:animate-pulse rounded-lg bg-sunken', className)} />
}
