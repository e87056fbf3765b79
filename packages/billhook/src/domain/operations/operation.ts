import type { OperationStatus } from '../../db/schema/index.ts'

/** An intent as it is shown. */
export interface Operation {
  id: string
  organizationId: string | null
  kind: string
  provider: string
  status: OperationStatus
  subscriptionId: string | null
  errorCode: string | null
  errorDetail: string | null
  createdAt: Date
  updatedAt: Date
}
