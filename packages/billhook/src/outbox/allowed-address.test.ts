import { expect, it } from 'vitest'
import { allowedAddresses, isPublicAddress, requireAllowedUrl } from './allowed-address.ts'

const forbidden = [
  ['loopback', '127.0.0.1'],
  ['loopback', '127.255.255.254'],
  ['this host', '0.0.0.0'],
  ['private', '10.0.0.1'],
  ['private', '172.16.0.1'],
  ['private', '172.31.255.255'],
  ['private', '192.168.1.1'],
  ['link-local: the metadata of clouds', '169.254.169.254'],
  ['carrier NAT, and the metadata of one cloud', '100.100.100.200'],
  ['protocol assignments', '192.0.0.192'],
  ['benchmarks', '198.18.0.1'],
  ['documentation', '203.0.113.1'],
  ['multicast', '224.0.0.1'],
  ['reserved', '240.0.0.1'],
  ['broadcast', '255.255.255.255'],
  ['loopback', '::1'],
  ['unspecified', '::'],
  ['link-local', 'fe80::1'],
  ['unique-local', 'fc00::1'],
  ['unique-local: the metadata of one cloud', 'fd00:ec2::254'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff02::1'],
  ['IPv4-mapped loopback', '::ffff:127.0.0.1'],
  ['IPv4-mapped metadata', '::ffff:a9fe:a9fe'],
  ['IPv4-mapped, even of a public one', '::ffff:93.184.216.34'],
  ['IPv4-compatible', '::7f00:1'],
  ['IPv4-translated', '::ffff:0:7f00:1'],
  ['NAT64 of metadata', '64:ff9b::a9fe:a9fe'],
  ['NAT64 of a private network', '64:ff9b:1::a00:1'],
  ['6to4 of loopback', '2002:7f00:1::1'],
  ['Teredo', '2001:0:7f00:1::1'],
  ['documentation', '2001:db8::1'],
  ['given to nobody', '4000::1'],
  ['no address', 'localhost'],
]
it.each(forbidden)('takes %s for no public address: %s', (_what, address) => {
  expect(isPublicAddress(address)).toBe(false)
})

it.each(['93.184.216.34', '8.8.8.8', '172.32.0.1', '2606:4700::1111', '64:ff9b::808:808'])(
  'takes %s for a public address',
  (address) => expect(isPublicAddress(address)).toBe(true),
)

const rules = (addresses: string[], allowPrivate = false) => ({ resolveHost: async () => addresses, allowPrivate })
const codeOf = async (work: Promise<unknown>) => {
  try {
    await work
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
  return 'allowed'
}

// Every way to write an address that URL takes ends as one of the above.
it.each([
  'https://127.1/',
  'https://0x7f.0.0.1/',
  'https://2130706433/',
  'https://017700000001/',
  'https://[::1]/',
  'https://[::ffff:169.254.169.254]/latest/meta-data',
  'https://１２７.0.0.1/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://api.localhost/',
  'https://metadata.google.internal/',
  'https://printer.local/',
  'https://intranet/',
])('refuses %s before it asks any name server', async (url) => {
  const asked = { resolveHost: () => Promise.reject(new Error('asked')), allowPrivate: false }
  expect(await codeOf(requireAllowedUrl(asked, url))).toBe('webhook_url_not_allowed')
})

it('refuses a name when any of its addresses is not public', async () => {
  const rebinding = rules(['93.184.216.34', '10.0.0.1'])
  expect(await codeOf(requireAllowedUrl(rebinding, 'https://hooks.example.com/'))).toBe('webhook_url_not_allowed')
  expect(await codeOf(allowedAddresses(rebinding, 'hooks.example.com'))).toBe('webhook_url_not_allowed')
  expect(await codeOf(allowedAddresses(rules([]), 'hooks.example.com'))).toBe('webhook_url_not_allowed')
  expect(await allowedAddresses(rules(['93.184.216.34']), 'hooks.example.com')).toEqual(['93.184.216.34'])
})

it('lets a name pass that no name server knows yet', async () => {
  const unknown = { resolveHost: () => Promise.reject(new Error('ENOTFOUND')), allowPrivate: false }
  expect(await codeOf(requireAllowedUrl(unknown, 'https://soon.example.com/'))).toBe('allowed')
})

it('wants https, and no password in the address', async () => {
  const open = rules(['93.184.216.34'])
  expect(await codeOf(requireAllowedUrl(open, 'http://hooks.example.com/'))).toBe('webhook_url_not_https')
  for (const url of ['https://me:secret@hooks.example.com/', 'ftp://hooks.example.com/', 'hooks.example.com', ''])
    expect(await codeOf(requireAllowedUrl(open, url)), url).toBe('invalid_webhook_url')
})

it('allows everything nearby where the installation says so', async () => {
  const nearby = rules(['127.0.0.1'], true)
  for (const url of ['http://127.0.0.1:3000/hook', 'http://localhost/', 'http://receiver:8080/'])
    expect(await codeOf(requireAllowedUrl(nearby, url)), url).toBe('allowed')
  expect(await allowedAddresses(nearby, 'receiver')).toEqual(['127.0.0.1'])
})
