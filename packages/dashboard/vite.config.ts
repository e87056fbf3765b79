import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = 'http://localhost:4242'

export default defineConfig({
  base: '/portal/',
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2022',
    // A font or image inlined as a data: URL would be refused by the Content-Security-Policy the server sends.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': server, '/demo': server, '/sandbox': server } },
})
