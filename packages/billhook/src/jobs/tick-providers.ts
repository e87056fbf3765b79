import type { Job } from './job.ts'

/** Providers that do work of their own, like the sandbox, which bills and sends webhooks. */
export const tickProviders: Job = {
  name: 'tick-providers',
  everyMs: 1_000,
  run: async (ctx) => {
    let done = 0
    for (const provider of ctx.providers.all()) done += (await provider.tick?.()) ?? 0
    return done
  },
}
