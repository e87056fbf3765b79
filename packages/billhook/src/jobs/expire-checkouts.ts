import { expireOverdueSessions } from '../domain/checkout/index.ts'
import type { Job } from './job.ts'

export const expireCheckouts: Job = { name: 'expire-checkouts', everyMs: 30_000, run: expireOverdueSessions }
