import { createContext, useContext } from 'react'
import type { PortalSession } from './objects.ts'

export const SessionContext = createContext<PortalSession | null>(null)

/** The signed-in organization; only inside the signed-in part of the page. */
export function useSession(): PortalSession {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession outside of the signed-in page')
  return session
}

const changingRoles = new Set(['billing', 'admin', 'owner'])

/** Members look; only these roles buy, cancel and change. The API checks it again. */
export const useCanChange = (): boolean => changingRoles.has(useSession().role)
