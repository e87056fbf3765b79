export {
  answerOf,
  bodyOf,
  type Description,
  findOperation,
  parametersOf,
  queryOf,
  readDescription,
} from './description.ts'
export { findProblems, type Place, type Problem } from './find-problems.ts'
