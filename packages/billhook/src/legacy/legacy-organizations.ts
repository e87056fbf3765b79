import type { Context } from '../context.ts'
import { findOrganizationIds } from '../domain/imports/index.ts'
import { newOrganization, type Organization } from '../domain/organizations/index.ts'
import { BillhookError, isActiveCurrency, isCountry, isTimeZone } from '../primitives/index.ts'
import type { LegacyMapping, LegacyRow } from './import-mapping.ts'
import type { LegacySource } from './legacy-source-store.ts'
import { misfit } from './legacy-values.ts'

/** Where an old organization's rows go. */
export type LegacyOrganization = { id: string; created: Organization | null } | { refusal: Error }

interface FindInput {
  source: LegacySource
  defaults: LegacyMapping['defaults']
  createOrganizations: boolean
}

/** The organizations of these old ids: those that are here, those that can be made, and why the others cannot. */
export async function findOrganizations(
  ctx: Context,
  ids: string[],
  { source, defaults, createOrganizations }: FindInput,
): Promise<Map<string, LegacyOrganization>> {
  const here = await findOrganizationIds(ctx, ids)
  const rows = source.has('organizations') ? await source.rowsOf('organizations', ids) : null
  const there = new Map(rows?.map((row) => [row.id, row]))
  return new Map(
    ids.map((id) => {
      const row = there.get(id)
      if (rows && !row)
        return [
          id,
          refuse('orphan_organization', `There is no organization ${id} in ${source.nameOf('organizations')}.`),
        ]
      const known = here.get(id)
      if (known) return [id, { id: known, created: null }]
      if (!createOrganizations)
        return [id, refuse('unknown_organization', `There is no organization with external_id "${id}" here.`)]
      return [id, make(ctx, id, row ?? null, defaults)]
    }),
  )
}

const refuse = (code: string, reason: string): LegacyOrganization => ({ refusal: misfit(code, reason) })

function make(
  ctx: Context,
  id: string,
  row: LegacyRow<'organizations'> | null,
  defaults: LegacyMapping['defaults'],
): LegacyOrganization {
  const email = row?.email?.trim() || defaults.email?.replaceAll('{id}', id)
  const country = chosen(row?.country?.toUpperCase(), isCountry) ?? defaults.country
  const currency = chosen(row?.currency?.toUpperCase(), isActiveCurrency) ?? defaults.currency
  const missing = Object.entries({ email, country, currency }).flatMap(([field, value]) => (value ? [] : [field]))
  if (!email || !country || !currency)
    return refuse(
      'organization_incomplete',
      `Organization ${id} cannot be made: there is no ${missing.join(' and no ')}; the mapping's defaults can give it.`,
    )
  const name = (row?.name?.trim() || id).slice(0, 200)
  const timezone = chosen(row?.timezone, isTimeZone) ?? defaults.timezone
  try {
    const created = newOrganization(ctx, { externalId: id, name, email, country, currency, timezone })
    return { id: created.id, created }
  } catch (error) {
    if (error instanceof BillhookError) return { refusal: error }
    throw error
  }
}

const chosen = (value: string | null | undefined, fits: (value: string) => boolean): string | undefined =>
  value && fits(value.trim()) ? value.trim() : undefined
