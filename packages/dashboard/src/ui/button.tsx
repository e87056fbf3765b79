import clsx from 'clsx'
import { LoaderCircle } from 'lucide-react'
import type { ButtonHTMLAttributes, ReactNode } from 'react'

const looks = {
  primary: 'bg-accent text-white hover:bg-accent-hover shadow-xs',
  secondary: 'bg-surface text-ink border border-edge hover:bg-sunken',
  danger: 'bg-surface text-bad border border-edge hover:bg-bad-soft',
}

export const buttonLook = (look: keyof typeof looks = 'secondary', className?: string) =>
  clsx(
    'inline-flex h-10 items-center justify-center gap-2 rounded-lg px-4 text-sm font-medium whitespace-nowrap transition-colors',
    'disabled:cursor-not-allowed disabled:opacity-60',
    looks[look],
    className,
  )

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: keyof typeof looks
  isBusy?: boolean
  children: ReactNode
}

/** The words stay while it is busy, so that its width does. */
export function Button({ look, isBusy = false, disabled, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
      className={buttonLook(look, clsx('relative', className))}
    >
      {isBusy && <LoaderCircle aria-hidden className="absolute size-4 motion-safe:animate-spin" />}
      <span className={clsx('inline-flex items-center gap-2', isBusy && 'opacity-0')}>{children}</span>
    </button>
  )
}
