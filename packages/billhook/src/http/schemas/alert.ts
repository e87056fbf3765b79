import { z } from '@hono/zod-openapi'
import type { Alert } from '../../domain/alerts/index.ts'
import { instant, iso, isoOrNull } from './common.ts'

export const alertSchema = z
  .object({
    id: z.string(),
    organization_id: z.string().nullable(),
    kind: z.string(),
    subject: z.string(),
    severity: z.enum(['info', 'warning', 'critical']),
    detail: z.string(),
    facts: z.record(z.string(), z.unknown()),
    opened_at: instant,
    resolved_at: instant.nullable(),
  })
  .openapi('Alert')

export const alertJson = (alert: Alert): z.infer<typeof alertSchema> => ({
  id: alert.id,
  organization_id: alert.organizationId,
  kind: alert.kind,
  subject: alert.subject,
  severity: alert.severity,
  detail: alert.detail,
  facts: alert.facts,
  opened_at: iso(alert.openedAt),
  resolved_at: isoOrNull(alert.resolvedAt),
})
