import { type ReactNode, useEffect, useRef } from 'react'

interface PageTitleProps {
  title: string
  children?: ReactNode
}

/** The heading of a view: names the tab and takes the focus, so that a change of view is noticed without eyes. */
export function PageTitle({ title, children }: PageTitleProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Billing`
    heading.current?.focus({ preventScroll: true })
  }, [title])
  return (
    <header className="mb-8">
      <h1 ref={heading} tabIndex={-1} className="text-2xl font-semibold tracking-tight text-balance sm:text-[1.75rem]">
        {title}
      </h1>
      {children && <p className="mt-2 max-w-xl leading-relaxed text-pretty text-muted">{children}</p>}
    </header>
  )
}
