import { readFileSync } from 'node:fs'

/** The parts of an OpenAPI description that requests and answers are held against. */
export interface Schema {
  $ref?: string
  type?: string
  nullable?: boolean
  enum?: unknown[]
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  allOf?: Schema[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  required?: string[]
}

interface Parameter {
  name: string
  in: string
  required?: boolean
  schema?: Schema
}

interface MediaContent {
  $ref?: string
  content?: Record<string, { schema?: Schema }>
}

export interface Operation {
  parameters: Parameter[]
  requestBody: MediaContent
  responses: Record<string, MediaContent>
}

/** A path's operations, and parameters that all of them have. */
interface PathItem {
  parameters?: Array<Parameter | Reference>
  [method: string]: unknown
}

interface Reference {
  $ref: string
}

export interface Description {
  info: { version: string }
  paths: Record<string, PathItem>
  components: Record<string, Record<string, unknown>>
}

export function readDescription(file: string): Description {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** What stands behind `#/components/...`; anything else is what it is. */
export function resolve<T extends object>(description: Description, node: T): T {
  if (!('$ref' in node) || typeof node.$ref !== 'string') return node
  const [, , kind = '', name = ''] = node.$ref.split('/')
  const found = description.components[kind]?.[name]
  if (!isOf<T>(found)) throw new Error(`The description lacks ${node.$ref}`)
  return resolve(description, found)
}

// What a reference leads to is of the kind that refers, by OpenAPI's own rule.
function isOf<T extends object>(found: unknown): found is T {
  return typeof found === 'object' && found !== null
}

/** The operation of a method and a path with its ids filled in; null where the description has none. */
export function findOperation(description: Description, method: string, path: string): Operation | null {
  const given = path.split('/')
  for (const [template, item] of Object.entries(description.paths)) {
    const expected = template.split('/')
    const isIt =
      expected.length === given.length &&
      expected.every((part, position) => part.startsWith('{') || part === given[position])
    const found = isIt ? item[method.toLowerCase()] : undefined
    if (isOf<Partial<Operation>>(found)) return whole(description, item, found)
  }
  return null
}

function whole(description: Description, item: PathItem, operation: Partial<Operation>): Operation {
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])]
  return {
    parameters: parameters
      .map((parameter) => resolve<Parameter | Reference>(description, parameter))
      .filter(isParameter),
    requestBody: resolve(description, operation.requestBody ?? {}),
    responses: operation.responses ?? {},
  }
}

function isParameter(node: Parameter | Reference): node is Parameter {
  return 'name' in node
}

/** The query's parameters as one object. */
export function queryOf({ parameters }: Operation): Schema {
  const query = parameters.filter((parameter) => parameter.in === 'query')
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(query.map(({ name, schema = {} }) => [name, schema])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
  }
}

export function bodyOf({ requestBody }: Operation): Schema | null {
  return Object.values(requestBody.content ?? {})[0]?.schema ?? null
}

/** Query and form body as one object. */
export function parametersOf(operation: Operation): Schema {
  const query = queryOf(operation)
  const body = bodyOf(operation)
  return {
    ...query,
    properties: { ...query.properties, ...body?.properties },
    required: [...(query.required ?? []), ...(body?.required ?? [])],
  }
}

/** What an answer of that status holds; null where the description says nothing of it, or that it has no body. */
export function answerOf(description: Description, { responses }: Operation, status = 200): Schema | null {
  const response = responses[status] ?? responses.default
  return response ? (resolve(description, response).content?.['application/json']?.schema ?? null) : null
}
