import { readFileSync } from 'node:fs'

/** The parts of an OpenAPI description (Stripe's `spec3.json`) that requests and answers are held against. */
export interface Schema {
  $ref?: string
  type?: string
  nullable?: boolean
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
}

interface MediaContent {
  content?: Record<string, { schema?: Schema }>
}

interface Operation {
  parameters?: Array<{ name: string; in: string; required?: boolean; schema?: Schema }>
  requestBody?: MediaContent
  responses: Record<string, MediaContent>
}

export interface Description {
  info: { version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export function readDescription(file: string): Description {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** The operation of a method and a path with its ids filled in; null where the description has none. */
export function findOperation(description: Description, method: string, path: string): Operation | null {
  const given = path.split('/')
  for (const [template, operations] of Object.entries(description.paths)) {
    const expected = template.split('/')
    const isIt =
      expected.length === given.length &&
      expected.every((part, position) => part.startsWith('{') || part === given[position])
    const operation = isIt ? operations[method.toLowerCase()] : undefined
    if (operation) return operation
  }
  return null
}

/** Query parameters and form body as one object, as the emulator reads them. */
export function parametersOf({ parameters = [], requestBody }: Operation): Schema {
  const query = parameters.filter((parameter) => parameter.in === 'query')
  const body = Object.values(requestBody?.content ?? {})[0]?.schema ?? {}
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(query.map(({ name, schema = {} }) => [name, schema])), ...body.properties },
    required: [...query.filter(({ required }) => required).map(({ name }) => name), ...(body.required ?? [])],
  }
}

export function answerOf({ responses }: Operation): Schema | null {
  return responses['200']?.content?.['application/json']?.schema ?? null
}

export interface Problem {
  /** `missing`: required and not there. `unknown`: there and not described. `value`: of another type or none of the values. */
  kind: 'missing' | 'unknown' | 'value'
  /** The described object it was found in, and the field. */
  field: string
  path: string
}

interface Place {
  description: Description
  /** Form parameters are text all through; answers are JSON. */
  isForm: boolean
  owner: string
  path: string
  /** Differences that are known, as `kind field`: where the description is of another age than the API. */
  known: ReadonlySet<string>
}

/** Everything about the value that the schema does not say. */
export function findProblems(schema: Schema, value: unknown, place: Place): Problem[] {
  if (schema.$ref) {
    const owner = schema.$ref.split('/').at(-1) ?? ''
    return findProblems(place.description.components.schemas[owner] ?? {}, value, { ...place, owner })
  }
  if (value === null && !place.isForm) return schema.nullable || schema.anyOf ? [] : problem('value', place)
  if (schema.anyOf) {
    const each = schema.anyOf.map((option) => findProblems(option, value, place))
    return each.reduce((best, found) => (found.length < best.length ? found : best))
  }
  if (schema.type === 'object') return findInObject(schema, value, place)
  if (schema.type === 'array') return findInArray(schema, value, place)
  const isDescribed = schema.enum === undefined || schema.enum.includes(value)
  return isOfType(schema.type, value, place.isForm) && isDescribed ? [] : problem('value', place)
}

function findInObject(schema: Schema, value: unknown, place: Place): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return problem('value', place)
  const { properties = {}, additionalProperties, required = [] } = schema
  const missing = required.filter((name) => !(name in value)).flatMap((name) => problem('missing', place, name))
  const rest = typeof additionalProperties === 'object' ? additionalProperties : null
  const inside = Object.entries(value).flatMap(([name, field]) => {
    const described = properties[name] ?? rest
    const here = { ...place, owner: `${place.owner}.${name}`, path: `${place.path}.${name}` }
    if (described) return findProblems(described, field, here)
    return place.isForm && additionalProperties !== true ? problem('unknown', place, name) : []
  })
  return [...missing, ...inside]
}

function findInArray({ items = {} }: Schema, value: unknown, place: Place): Problem[] {
  if (typeof value !== 'object' || value === null) return problem('value', place)
  if (!place.isForm && !Array.isArray(value)) return problem('value', place)
  return Object.values(value).flatMap((entry, position) =>
    findProblems(items, entry, { ...place, path: `${place.path}.${position}` }),
  )
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
