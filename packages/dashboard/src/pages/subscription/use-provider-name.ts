import { useQuery } from '@tanstack/react-query'
import { queries } from '../../queries.ts'
import { fromKey } from '../../words.ts'

/** As the provider's own people write it, where it says so. */
export function useProviderName(key: string): string {
  const config = useQuery(queries.config)
  return config.data?.providers.find(({ name }) => name === key)?.display_name ?? fromKey(key)
}
