import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { prepare, prepared, together } from './prepared.ts'

it('a statement is planned once a connection, whatever its values', () => {
  const asked = (n: number) => prepare(sql`select ${n}::int as kept_by_name`).template
  expect(asked(1).name).not.toBeNull()
  expect(asked(2)).toBe(asked(1))
})

it('commands without values take no place among the plans that are kept, however many there are', () => {
  for (let n = 0; n < 1_000; n++) expect(prepare(sql.raw(`set local billhook.test = '${n}'`)).template.name).toBeNull()
  expect(prepare(sql`select ${1}::int as after_many_commands`).template.name).not.toBeNull()
})

it('parts keep their values in the order of the text', () => {
  const part = prepared`select ${'a'}::text, ${'b'}::text`
  const whole = prepared`insert into t ${part} where x = ${'c'}`
  expect(whole.template.text).toBe('insert into t select $1::text, $2::text where x = $3')
  expect(whole.values).toEqual(['a', 'b', 'c'])
  expect(together([part, whole]).template.text).toBe(
    'with write_0 as (select $1::text, $2::text), write_1 as (insert into t select $3::text, $4::text where x = $5) select 1',
  )
  expect(together([part, whole]).values).toEqual(['a', 'b', 'a', 'b', 'c'])
})

it('two texts that differ only where a value stands are two statements', () => {
  expect(prepared`a ${1} b`.template.text).toBe('a $1 b')
  expect(prepared`a ${1}${2} b`.template.text).toBe('a $1$2 b')
  expect(prepared`x${1}|y`.template).not.toBe(prepared`x|${1}y`.template)
})
