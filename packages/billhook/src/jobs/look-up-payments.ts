import { seekPayments } from '../domain/invoices/index.ts'
import type { Job } from './job.ts'

export const lookUpPayments: Job = { name: 'look-up-payments', everyMs: 5_000, run: seekPayments }
