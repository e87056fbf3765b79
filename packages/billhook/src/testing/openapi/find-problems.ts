import { type Description, resolve, type Schema } from './description.ts'

export interface Problem {
  /** `missing`: required and not there. `unknown`: there and not described. `value`: of another type or none of the values. */
  kind: 'missing' | 'unknown' | 'value'
  /** The described object it was found in, and the field. */
  field: string
  path: string
}

export interface Place {
  description: Description
  /** Form parameters are text all through; answers are JSON. */
  isForm: boolean
  /** Whether what is not described is a problem. */
  tellsUnknown: boolean
  owner: string
  path: string
  /** Differences that are known, as `kind field`: where the description is of another age than the API. */
  known: ReadonlySet<string>
}

/** Everything about the value that the schema does not say. */
export function findProblems(given: Schema, value: unknown, place: Place): Problem[] {
  if (given.$ref) {
    const owner = given.$ref.split('/').at(-1) ?? ''
    return findProblems(resolve(place.description, given), value, { ...place, owner })
  }
  const schema = merge(given, place.description)
  if (value === null && !place.isForm) return schema.nullable || schema.anyOf ? [] : problem('value', place)
  const { anyOf, ...own } = schema
  return [
    ...(own.type || own.properties || own.enum ? findOwn(schema, value, place) : []),
    ...(anyOf ? findInOptions(anyOf, value, { ...place, tellsUnknown: place.tellsUnknown && !own.properties }) : []),
  ]
}

/** The option that fits best. */
function findInOptions(options: readonly Schema[], value: unknown, place: Place): Problem[] {
  const each = options.map((option) => findProblems(option, value, place))
  return each.reduce((best, found) => (found.length < best.length ? found : best))
}

function findOwn(schema: Schema, value: unknown, place: Place): Problem[] {
  if (schema.type === 'object' || schema.properties) return findInObject(schema, value, place)
  if (schema.type === 'array') return findInArray(schema, value, place)
  const isDescribed = schema.enum === undefined || schema.enum.includes(value)
  return isOfType(schema.type, value, place.isForm) && isDescribed && isWithin(schema, value)
    ? []
    : problem('value', place)
}

/** `allOf` as one schema; what two of its parts say of one field has to hold both. */
function merge({ allOf = [], ...own }: Schema, description: Description): Schema {
  const merged: Schema = own
  for (const reference of allOf) {
    const { required = [], items, properties, ...rest } = merge(resolve(description, reference), description)
    Object.assign(merged, rest)
    merged.required = [...(merged.required ?? []), ...required]
    if (items) merged.items = merged.items ? { allOf: [merged.items, items] } : items
    if (properties) merged.properties = join(merged.properties ?? {}, properties)
  }
  return merged
}

function join(one: Record<string, Schema>, other: Record<string, Schema>): Record<string, Schema> {
  const joined = { ...one }
  for (const [name, schema] of Object.entries(other)) {
    const before = joined[name]
    joined[name] = before ? { allOf: [before, schema] } : schema
  }
  return joined
}

function findInObject(schema: Schema, value: unknown, place: Place): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return problem('value', place)
  const { properties = {}, additionalProperties, required = [], anyOf = [] } = schema
  const missing = required.filter((name) => !(name in value)).flatMap((name) => problem('missing', place, name))
  const rest = typeof additionalProperties === 'object' ? additionalProperties : null
  const isOpen = additionalProperties ?? Object.keys(properties).length === 0
  const inside = Object.entries(value).flatMap(([name, field]) => {
    const described = properties[name] ?? rest
    const here = { ...place, owner: `${place.owner}.${name}`, path: `${place.path}.${name}` }
    if (described) return findProblems(described, field, here)
    const isElsewhere = anyOf.some((option) => name in (resolve(place.description, option).properties ?? {}))
    return place.tellsUnknown && !isOpen && !isElsewhere ? problem('unknown', place, name) : []
  })
  return [...missing, ...inside]
}

function findInArray(schema: Schema, value: unknown, place: Place): Problem[] {
  if (typeof value !== 'object' || value === null) return problem('value', place)
  if (!place.isForm && !Array.isArray(value)) return problem('value', place)
  const entries = Object.values(value)
  const { items = {}, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema
  return [
    ...(entries.length < minItems || entries.length > maxItems ? problem('value', place) : []),
    ...entries.flatMap((entry, position) =>
      findProblems(items, entry, { ...place, path: `${place.path}.${position}` }),
    ),
  ]
}

function isWithin(schema: Schema, value: unknown): boolean {
  if (typeof value === 'number') {
    return (
      value >= (schema.minimum ?? Number.NEGATIVE_INFINITY) && value <= (schema.maximum ?? Number.POSITIVE_INFINITY)
    )
  }
  if (typeof value !== 'string') return true
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema
  return value.length >= minLength && value.length <= maxLength && (!pattern || new RegExp(pattern).test(value))
}

function isOfType(type: string | undefined, value: unknown, isForm: boolean): boolean {
  if (type === undefined) return true
  if (!isForm) return type === 'integer' ? Number.isInteger(value) : typeof value === type
  if (typeof value !== 'string') return false
  if (type === 'integer') return /^-?\d+$/.test(value)
  if (type === 'number') return value !== '' && Number.isFinite(Number(value))
  return type !== 'boolean' || value === 'true' || value === 'false'
}

function problem(kind: Problem['kind'], { owner, path, known }: Place, name?: string): Problem[] {
  const field = name === undefined ? owner : `${owner}.${name}`
  return known.has(`${kind} ${field}`) ? [] : [{ kind, field, path: name === undefined ? path : `${path}.${name}` }]
}
