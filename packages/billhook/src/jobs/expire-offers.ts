import { expireOffers as run } from '../domain/subscriptions/index.ts'
import type { Job } from './job.ts'

export const expireOffers: Job = { name: 'expire-offers', everyMs: 30_000, run }
