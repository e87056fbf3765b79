import clsx from 'clsx'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError } from '../api.ts'
import type { Tone } from '../words.ts'

const looks: Record<Exclude<Tone, 'neutral'>, { className: string; Icon: typeof Info }> = {
  good: { className: 'bg-good-soft text-good', Icon: CircleCheck },
  info: { className: 'bg-info-soft text-info', Icon: Info },
  warn: { className: 'bg-warn-soft text-warn', Icon: TriangleAlert },
  bad: { className: 'bg-bad-soft text-bad', Icon: CircleAlert },
}

interface NoticeProps {
  tone: keyof typeof looks
  title?: string
  children?: ReactNode
  action?: ReactNode
  className?: string
}

/** A sentence about the state of things, said aloud by screen readers: at once when it is an error. */
export function Notice({ tone, title, children, action, className }: NoticeProps) {
  const { className: look, Icon } = looks[tone]
  return (
    <div
      role={tone === 'bad' ? 'alert' : 'status'}
      className={clsx('flex flex-wrap items-center gap-x-4 gap-y-3 rounded-xl px-4 py-3.5 text-sm', look, className)}
    >
      <div className="flex min-w-0 flex-1 basis-64 gap-3">
        <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
        <div className="min-w-0 leading-relaxed">
          {title && <p className="font-semibold">{title}</p>}
          {children && <div className={title ? 'text-ink' : undefined}>{children}</div>}
        </div>
      </div>
      {action}
    </div>
  )
}

/** What went wrong, in the API's own sentence, and the way on that it names. */
export function ErrorNotice({ error, action, className }: { error: Error; action?: ReactNode; className?: string }) {
  const nextUrl = error instanceof ApiError ? error.nextUrl : undefined
  return (
    <Notice tone="bad" action={action} className={className}>
      {error.message}{' '}
      {nextUrl && (
        <a href={nextUrl} className="font-semibold underline underline-offset-2">
          Continue there
        </a>
      )}
    </Notice>
  )
}
