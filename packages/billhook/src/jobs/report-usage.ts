import { reportDueUsage } from '../domain/usage-reports/index.ts'
import type { Job } from './job.ts'

export const reportUsage: Job = { name: 'report-usage', everyMs: 10_000, run: reportDueUsage }
