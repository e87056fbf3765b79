import { playHistories } from './play.ts'

playHistories('sandbox')
