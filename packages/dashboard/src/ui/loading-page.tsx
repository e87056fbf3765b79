import { Skeleton } from './skeleton.tsx'

export function LoadingPage() {
  return (
    <div>
      <p role="status" className="sr-only">
        Loading
      </p>
      <Skeleton className="h-8 w-52 sm:h-9" />
      <Skeleton className="mt-3 mb-8 h-5 w-72 max-w-full" />
      <Skeleton className="h-64 rounded-2xl" />
      <Skeleton className="mt-10 h-48 rounded-2xl" />
    </div>
  )
}
