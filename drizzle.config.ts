import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './packages/billhook/src/db/schema/index.ts',
  out: './packages/billhook/src/db/migrations',
  schemaFilter: ['billhook'],
})
