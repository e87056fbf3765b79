import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { Notice } from './ui/notice.tsx'

interface FlashMessage {
  tone: 'good' | 'info' | 'warn'
  text: string
  /** Where the customer has to go on, as the provider's approval page. */
  link?: { label: string; url: string }
}

const flash = queryOptions<FlashMessage | null>({
  queryKey: ['flash'],
  queryFn: () => null,
  initialData: null,
  staleTime: Number.POSITIVE_INFINITY,
})

/** Says what was just done; the next message replaces it, also over a change of view. */
export const announce = (client: QueryClient, message: FlashMessage): unknown =>
  client.setQueryData(flash.queryKey, message)

export function Flash() {
  const { data: message } = useQuery(flash)
  if (!message) return null
  return (
    <Notice tone={message.tone} className="mb-8">
      {message.text}{' '}
      {message.link && (
        <a href={message.link.url} className="font-semibold underline underline-offset-2">
          {message.link.label}
        </a>
      )}
    </Notice>
  )
}
