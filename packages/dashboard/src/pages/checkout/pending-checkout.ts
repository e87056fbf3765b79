const key = 'billhook.checkout'

/** Remembers, over the visit to the provider's page, which checkout session the customer went to. */
export const pendingCheckout = {
  remember: (sessionId: string) => window.sessionStorage.setItem(key, sessionId),
  find: () => window.sessionStorage.getItem(key),
  forget: () => window.sessionStorage.removeItem(key),
}
