import { playHistories } from './play.ts'

playHistories('stripe')
