import type { Overview, Subscription, SubscriptionStatus } from '../../objects.ts'
import { Notice } from '../../ui/notice.tsx'
import { formatDay } from '../../words.ts'
import { DebtButtons, DebtError, useDebtActions } from './debt-actions.tsx'

interface Trouble {
  tone: 'info' | 'warn' | 'bad'
  title: string
  text: (subscription: Subscription, day: (at: string) => string) => string
}

/** What a status asks of the customer; statuses that ask nothing are not here. */
const troubles: Partial<Record<SubscriptionStatus, Trouble>> = {
  past_due: {
    tone: 'warn',
    title: 'Your last payment did not go through',
    text: ({ access }, day) =>
      `The payment will be tried again automatically. Please make sure that your payment method is valid and covered. ${
        access.allowed && access.until ? `You keep access until ${day(access.until)}.` : ''
      }`,
  },
  unpaid: {
    tone: 'bad',
    title: 'Your subscription is unpaid',
    text: ({ access }) =>
      `Several payments did not go through, and none is being tried any more. Please settle the open invoice below to ${
        access.allowed ? 'keep' : 'get back'
      } your access, or ask our support for help.`,
  },
  incomplete: {
    tone: 'warn',
    title: 'Your first payment is not complete',
    text: () =>
      'Your bank may ask you to confirm it: please check your banking app or your e-mail. Your plan starts as soon as it is paid.',
  },
  paused: {
    tone: 'info',
    title: 'Your subscription is paused',
    text: ({ pause }, day) =>
      pause?.resumes_at
        ? `It resumes on ${day(pause.resumes_at)}. Until then nothing is charged.`
        : 'Nothing is charged until it is resumed.',
  },
  canceled: {
    tone: 'info',
    title: 'Your subscription is canceled',
    text: ({ access }, day) =>
      access.until ? `What you have paid for stays yours until ${day(access.until)}.` : 'It will not renew.',
  },
}

const owing: ReadonlySet<SubscriptionStatus> = new Set(['past_due', 'unpaid'])

interface StatusBannerProps {
  overview: Overview
  subscription: Subscription
  timeZone?: string
}

export function StatusBanner({ overview, subscription, timeZone }: StatusBannerProps) {
  const trouble = troubles[subscription.status]
  const debt = useDebtActions(overview)
  if (!trouble) return null
  const isOwing = owing.has(subscription.status)
  return (
    <>
      {isOwing && <DebtError {...debt} />}
      <Notice
        tone={trouble.tone}
        title={trouble.title}
        className="mb-8"
        action={isOwing ? <DebtButtons {...debt} /> : undefined}
      >
        {trouble.text(subscription, (at) => formatDay(at, timeZone))}
      </Notice>
    </>
  )
}
