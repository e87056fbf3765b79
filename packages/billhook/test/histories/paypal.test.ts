import { playHistories } from './play.ts'

playHistories('paypal')
