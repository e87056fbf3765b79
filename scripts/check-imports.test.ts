import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkImports } from './check-imports.ts'
import { findImports } from './scan-source.ts'

const roots: string[] = []

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

const manifests = {
  'billhook/package.json': JSON.stringify({
    name: 'billhook',
    exports: { '.': './src/index.ts', './testing': './x.ts' },
  }),
  'server/package.json': JSON.stringify({ name: '@billhook/server' }),
  'client/package.json': JSON.stringify({ name: '@billhook/client', exports: './src/index.ts' }),
}

/** Checks a small tree of files and answers `file:line sentence` for each finding. */
function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'billhook-imports-'))
  roots.push(root)
  for (const [file, source] of Object.entries({ ...manifests, ...files })) {
    const path = join(root, 'packages', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, source)
  }
  return checkImports(root).map(({ file, line, sentence }) => `${file}:${line} ${sentence}`)
}

const library = (files: Record<string, string>) =>
  check(Object.fromEntries(Object.entries(files).map(([file, source]) => [`billhook/src/${file}`, source])))

describe('a tree that keeps the rule', () => {
  it('passes', () => {
    const findings = check({
      'billhook/src/primitives/money.ts': `import { createHash } from 'node:crypto'\nimport './ids.ts'`,
      'billhook/src/providers/provider.ts': `import type { Money } from '../primitives/money.ts'\nexport * from './operation.ts'`,
      'billhook/src/providers/stripe/index.ts': `import Stripe from 'stripe'\nimport type { Provider } from '../provider.ts'\nimport './client.ts'`,
      'billhook/src/db/schema/tables.ts': `import { text } from 'drizzle-orm/pg-core'\nconst c = { stripePriceId: text('stripe_price_id'), k: 0 }\nconst keptKind = 'stripe'`,
      'billhook/src/domain/plans/store.ts': `import { sql } from 'drizzle-orm'\nimport { plans } from '../../db/schema/tables.ts'`,
      'billhook/src/domain/plans/plan.ts': `import type { Row } from '../../db/schema/tables.ts'`,
      'billhook/src/domain/invoices/pay-invoice.ts': `import { getPlan } from '../plans/index.ts'\nimport { appendEvent } from '../../outbox/append.ts'`,
      'billhook/src/webhooks/inbox.ts': `import { sql } from 'drizzle-orm'`,
      'billhook/src/http/app.ts': `import { receive } from '../webhooks/receive.ts' // as Stripe sends it\nimport '../domain/plans/index.ts'`,
      'billhook/src/index.ts': `export { StripeService } from './legacy/stripe-service.ts'`,
      'billhook/src/legacy/stripe-service.ts': `export class StripeService {}`,
      'billhook/src/domain/plans/plan.test.ts': `import '../../providers/stripe/index.ts'\nimport 'pg'`,
      'billhook/src/testing/create-test-billing.ts': `import '../providers/sandbox/index.ts'`,
      'server/src/main.ts': `import { createBilling } from 'billhook'\nconst name = 'paypal'`,
    })
    expect(findings).toEqual([])
  })
})

describe('each kind of forbidden import is reported with its file, line and reason', () => {
  const forbidden: [name: string, files: Record<string, string>, finding: RegExp][] = [
    [
      'a primitive that imports anything of ours',
      { 'primitives/money.ts': `\nimport { plans } from '../db/connect.ts'` },
      /^billhook\/src\/primitives\/money\.ts:2 billhook\/src\/primitives\/ must not import billhook\/src\/db\/connect\.ts; it may import nothing of ours$/,
    ],
    [
      'a provider that imports another provider',
      { 'providers/paypal/client.ts': `import { x } from '../stripe/client.ts'` },
      /providers\/paypal\/client\.ts:1 .* must not import billhook\/src\/providers\/stripe\/client\.ts/,
    ],
    [
      'a provider that imports the database',
      { 'providers/paypal/a.ts': `import '../../db/connect.ts'` },
      /must not import .*db\/connect/,
    ],
    [
      'a provider that imports the domain',
      { 'providers/paypal/a.ts': `import '../../domain/plans/index.ts'` },
      /must not import .*domain/,
    ],
    [
      'a provider that imports HTTP',
      { 'providers/paypal/a.ts': `import '../../http/app.ts'` },
      /must not import .*http/,
    ],
    [
      'a provider that brings a database driver along',
      { 'providers/paypal/a.ts': `import pg from 'pg'` },
      /must not import the package pg: a provider keeps its state/,
    ],
    [
      'the contract importing a provider',
      { 'providers/factory.ts': `import '../providers/acme/index.ts'` },
      /must not import .*providers\/acme/,
    ],
    [
      'HTTP that imports the database',
      { 'http/app.ts': `import { db } from '../db/connect.ts'` },
      /http\/app\.ts:1 .*db\/connect/,
    ],
    [
      'HTTP that goes behind a face',
      { 'http/app.ts': `import '../domain/plans/create-plan.ts'` },
      /must not import .*create-plan/,
    ],
    [
      'a job that goes behind the inbox',
      { 'jobs/sweep.ts': `import '../webhooks/inbox.ts'` },
      /must not import .*webhooks\/inbox/,
    ],
    [
      'a webhook that writes past the one writer',
      { 'webhooks/process.ts': `import '../domain/plans/index.ts'` },
      /must not import .*domain\/plans/,
    ],
    [
      'a domain folder that goes behind another one’s face',
      { 'domain/a/x.ts': `import '../b/store.ts'` },
      /must not import .*domain\/b\/store/,
    ],
    [
      'a domain folder that delivers by itself',
      { 'domain/a/x.ts': `import '../../outbox/deliver.ts'` },
      /must not import .*outbox\/deliver/,
    ],
    [
      'shared code that imports test code',
      { 'domain/a/x.ts': `import '../../testing/fixtures.ts'` },
      /which is for tests only/,
    ],
    [
      'SQL outside a store',
      { 'domain/a/x.ts': `import { sql } from 'drizzle-orm'` },
      /SQL belongs in store\.ts.* this imports drizzle-orm/,
    ],
    [
      'tables outside a store',
      { 'domain/a/x.ts': `import { plans } from '../../db/schema/plans.ts'` },
      /SQL belongs in store\.ts/,
    ],
    [
      'a re-export',
      { 'primitives/index.ts': `export {\n  a,\n  b,\n} from '../db/connect.ts'` },
      /index\.ts:4 .*db\/connect/,
    ],
    ['a type import', { 'primitives/a.ts': `import type { Db } from '../db/connect.ts'` }, /db\/connect/],
    ['a dynamic import', { 'primitives/a.ts': `const db = await import('../db/connect.ts')` }, /db\/connect/],
    [
      'a folder without a row',
      { 'helpers/a.ts': `import './b.ts'` },
      /no row of scripts\/import-rule\.ts covers this file/,
    ],
  ]

  it.each(forbidden)('%s', (_name, files, finding) => {
    const findings = library(files)
    expect(findings).toHaveLength(1)
    expect(findings[0]).toMatch(finding)
  })

  it('the server reaching into the library by a relative path', () => {
    expect(check({ 'server/src/main.ts': `import '../../billhook/src/db/connect.ts'` })[0]).toMatch(
      /^server\/src\/main\.ts:1 server\/src\/ must not import billhook\/src\/db\/connect\.ts/,
    )
  })

  it('the server or the dashboard importing what the library does not export', () => {
    const findings = check({
      'server/src/main.ts': `import 'billhook/db'\nimport 'billhook/testing'`,
      'dashboard/src/main.tsx': `import '@billhook/server'`,
    })
    expect(findings).toHaveLength(2)
    expect(findings[0]).toMatch(/dashboard\/src\/main\.tsx:1 .*must not import the package @billhook\/server/)
    expect(findings[1]).toMatch(/server\/src\/main\.ts:1 billhook\/db is not a public face.*no "\.\/db"/)
  })

  it('a cycle between domain folders, through any number of them, once', () => {
    const findings = library({
      'domain/a/x.ts': `import '../b/index.ts'`,
      'domain/b/x.ts': `\nimport '../c/index.ts'`,
      'domain/c/x.ts': `import '../a/index.ts'`,
    })
    expect(findings).toEqual(['billhook/src/domain/a/x.ts:1 a cycle between domain folders: a -> b -> c -> a'])
  })
})

describe('a provider’s name in shared code', () => {
  it.each([
    [`\nif (provider.name === 'stripe') open()`, 2, 'stripe'],
    ['const isPayPal = true', 1, 'isPayPal'],
    ['createSandboxSession()', 1, 'createSandboxSession'],
    ["const url = 'https://x/' + `api.paypal.com`", 1, 'paypal'],
  ])('is reported with file and line: %s', (source, line, word) => {
    expect(library({ 'domain/a/x.ts': source })).toEqual([
      expect.stringMatching(
        new RegExp(`^billhook/src/domain/a/x\\.ts:${line} "${word}" names a provider in shared code`),
      ),
    ])
  })

  it('is reported when it is the name of a file', () => {
    expect(library({ 'domain/a/stripe-fees.ts': '' })).toEqual([expect.stringContaining('in the path of shared code')])
  })

  it('may stand in comments, generated files, tests, its own folder, and the names kept for old integrators', () => {
    const findings = library({
      'domain/a/x.ts': `// Stripe: one second\n/* PayPal\n sandbox */ const a = { stripeInvoiceId, 'stripe_customer_id': 1 }`,
      'http/names.generated.ts': `export const names = ['stripe']`,
      'domain/a/x.test.ts': `const a = 'paypal'`,
      'providers/paypal/index.ts': `export class PayPalProvider {}`,
    })
    expect(findings).toEqual([])
  })
})

describe('the scanner', () => {
  it('sees only real imports: not those in comments, strings, templates or after a regular expression with quotes', () => {
    const source = [
      `// import './comment.ts'`,
      `/* import './block.ts' */`,
      `const text = "it's // no comment"; import './real.ts'`,
      'const quote = /[\'"`]/g',
      `import './after-regex.ts'`,
      `const link = 'http://x' // import './x.ts'`,
    ].join('\n')
    expect(findImports(source).map(({ specifier, line }) => `${specifier}:${line}`)).toEqual([
      './real.ts:3',
      './after-regex.ts:5',
    ])
  })
})
