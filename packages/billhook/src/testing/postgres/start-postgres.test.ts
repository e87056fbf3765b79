import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, it } from 'vitest'
import { describeWithPostgres, startPostgres } from './index.ts'

const runDirectoryOf = (url: string): string => new URL(url).searchParams.get('host') ?? ''

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function setting(url: string, name: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SELECT current_setting($1) AS value', [name])
  await client.end()
  return rows[0]?.value
}

describeWithPostgres('a Postgres of our own', () => {
  it('leaves no process and no data behind when it is stopped', async () => {
    const server = await startPostgres()
    const directory = runDirectoryOf(server.url('postgres'))
    expect(existsSync(directory)).toBe(true)
    await server.stop()
    expect([isAlive(server.pid), existsSync(directory)]).toEqual([false, false])
  })

  it('flushes every commit when it is asked to be durable, and can be reached over TCP', async () => {
    const server = await startPostgres({ durable: true, tcpPort: 0 })
    expect(await setting(server.url('postgres'), 'fsync')).toBe('on')
    expect(new URL(server.url('postgres')).hostname).toBe('127.0.0.1')
    await server.stop()
  })

  it('can be interrupted like by an outage, and is back at the same address with the same data', async () => {
    const server = await startPostgres()
    const query = async (text: string) => {
      const client = new pg.Client({ connectionString: server.url('postgres') })
      try {
        await client.connect()
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    }
    await query('CREATE TABLE kept AS SELECT 7 AS value')
    const restart = await server.interrupt()
    await expect(query('SELECT 1')).rejects.toThrow()
    await restart()
    expect(await query('SELECT value FROM kept')).toEqual([{ value: 7 }])
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
  })

  it('says in the server’s own words why it cannot start', async () => {
    await expect(startPostgres({ settings: { max_connections: 'many' } })).rejects.toThrow(/max_connections/)
  })

  it('does not outlive the process that started it, even when that one is killed', async () => {
    const script = `const { startPostgres } = await import(${JSON.stringify(new URL('./start-postgres.ts', import.meta.url).href)})
      const server = await startPostgres()
      console.log(JSON.stringify({ pid: server.pid, url: server.url('postgres') }))
      setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(parent.stdout, 'data')
    const { pid, url } = JSON.parse(String(line)) as { pid: number; url: string }
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    const directory = runDirectoryOf(url)
    for (let tries = 0; tries < 1200 && (isAlive(pid) || existsSync(directory)); tries += 1) await sleep(50)
    expect([isAlive(pid), existsSync(directory)]).toEqual([false, false])
  })
})
