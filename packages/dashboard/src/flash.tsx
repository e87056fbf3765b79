import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { Notice } from './ui/notice.tsx'

interface FlashMessage {
  tone: 'good' | 'info' | 'warn'
  text: string
}

const flash = queryOptions<FlashMessage | null>({
  queryKey: ['flash'],
  queryFn: () => null,
  initialData: null,
  staleTime: Number.POSITIVE_INFINITY,
})

/** Says what was just done; the next message replaces it, also over a change of view. Null: the page itself says it. */
export const announce = (client: QueryClient, message: FlashMessage | null): unknown =>
  client.setQueryData(flash.queryKey, message)

export function Flash() {
  const { data: message } = useQuery(flash)
  if (!message) return null
  return (
    <Notice tone={message.tone} className="mb-8">
      {message.text}
    </Notice>
  )
}
