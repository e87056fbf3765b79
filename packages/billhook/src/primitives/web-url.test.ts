import { expect, it } from 'vitest'
import { isWebUrl } from './web-url.ts'

it('takes an absolute web address, also in letters that are not ASCII', () => {
  for (const address of [
    'https://shop.test',
    'HTTP://shop.test:8080/a?b=c#d',
    'https://zürich.test/zurück',
    'http://[::1]/',
  ])
    expect(isWebUrl(address), address).toBe(true)
})

it('refuses what runs, is relative, holds a password or means different things to different readers', () => {
  const refused = [
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    '//shop.test/',
    '/done',
    'https:shop.test',
    'https:/shop.test/',
    'https:\\\\shop.test/',
    'https://shop.test\\@other.test/',
    'https://name:word@shop.test/',
    'https://',
    ' https://shop.test/',
    'https://shop.test/a b',
    'https://shop.test/\r\nSet-Cookie: a=b',
    'https://shop.test/\u0000',
    'https://shop.test/\ud800',
    `https://shop.test/${'x'.repeat(2048)}`,
  ]
  for (const address of refused) expect(isWebUrl(address), address).toBe(false)
})
