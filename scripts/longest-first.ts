import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where the files are that take longest: they begin first, so that none of them is still running when everything else is done. */
const long = ['/test/histories/', '/server/test/', '/bench/', '/usage-', '/charges']

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => long.some((part) => moduleId.includes(part))
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}
