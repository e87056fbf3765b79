import { MapPinOff } from 'lucide-react'
import { navigate } from '../../location.ts'
import { Button } from '../../ui/button.tsx'
import { CenteredPage } from '../../ui/centered-page.tsx'

/** Shown where no page is. */
export function MissingPage() {
  return (
    <CenteredPage
      Icon={MapPinOff}
      title="There is nothing here"
      action={<Button onClick={() => navigate('home')}>To your subscription</Button>}
    >
      Perhaps the address was mistyped, or a link is out of date.
    </CenteredPage>
  )
}
