import { expect, it } from 'vitest'
import { parseCustomerMap } from './parse-customer-map.ts'

const head = 'external_customer_id,organization'

it('reads what spreadsheets write: a byte order mark, either line end, quotes, commas and doubled quotes', () => {
  const text = `\ufeff${head}\r\ncus_1,acme\r\n"cus_2","a ""big"", b"\ncus_3,bhorg_x\n\n`
  expect([...parseCustomerMap(text)]).toEqual([
    ['cus_1', 'acme'],
    ['cus_2', 'a "big", b'],
    ['cus_3', 'bhorg_x'],
  ])
  expect(parseCustomerMap(head).size).toBe(0)
})

it.each([
  ['another header', 'customer,org\na,b', 1],
  ['a missing value', `${head}\ncus_1,`, 2],
  ['a value too many', `${head}\ncus_1,a,b`, 2],
  ['an open quote', `${head}\ncus_1,"a`, 2],
  ['two organizations for one customer', `${head}\ncus_1,a\n"cus_2","b\nc"\ncus_1,b`, 5],
])('says which line is wrong: %s', (_, text, line) => {
  expect(() => parseCustomerMap(text)).toThrow(`wrong in line ${line}:`)
})
