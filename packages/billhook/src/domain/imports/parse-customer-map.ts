import { invalid } from '../../primitives/index.ts'

const header = ['external_customer_id', 'organization']

/**
 * Reads a CSV file with the columns `external_customer_id,organization`: which customer is which organization, by our id or the host's.
 * Errors: `invalid_customer_map`, which names the line; two organizations for one customer are one.
 */
export function parseCustomerMap(text: string): Map<string, string> {
  const [names, ...lines] = parseCsv(text.replace(/^\ufeff/, ''))
  if (names?.fields.map((name) => name.trim().toLowerCase()).join() !== header.join())
    throw wrong(1, `the first line must be "${header.join()}"`)
  const map = new Map<string, string>()
  for (const { fields, line } of lines) {
    const [customer = '', organization = ''] = fields.map((field) => field.trim())
    if (customer === '' && organization === '' && fields.length === 1) continue
    if (fields.length !== 2 || customer === '' || organization === '') throw wrong(line, 'it needs exactly two values')
    const before = map.get(customer)
    if (before !== undefined && before !== organization)
      throw wrong(line, `customer ${customer} is ${before} further up`)
    map.set(customer, organization)
  }
  return map
}

const wrong = (line: number, what: string) =>
  invalid('invalid_customer_map', `The customer map is wrong in line ${line}: ${what}.`, { line })

interface CsvLine {
  fields: string[]
  line: number
}

/** RFC 4180: quoted fields may hold commas, line ends and doubled quotes. */
function parseCsv(text: string): CsvLine[] {
  const rows: CsvLine[] = []
  let line = 1
  let fields: string[] = []
  let startedAt = 1
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y
  while (field.lastIndex < text.length) {
    const at = field.lastIndex
    const match = field.exec(text)
    if (!match) throw wrong(line, 'a quote is not where it belongs')
    const [whole, quoted, plain = '', end] = match
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    line += whole.match(/\r\n|\n|\r/g)?.length ?? 0
    if (end === ',' && field.lastIndex < text.length) continue
    if (end === ',') fields.push('')
    rows.push({ fields, line: startedAt })
    fields = []
    startedAt = line
    if (field.lastIndex === at) break
  }
  return rows
}
