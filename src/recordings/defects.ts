/** What was wrong with the rows of a recording, counted by name. */

/** Each name is explained in docs/recordings.md. Those in {@link ROW_FATES} take a row out of the recording. */
export const DEFECT_NAMES = [
  "lateRows",
  "crossedRows",
  "otherTokenRows",
  "rowsAfterEnd",
  "staleFirstRows",
  "rowsOfWindowsLeftOut",
  "rowsReplacedByDepth",
  "emptySides",
  "sidesSeenOnce",
  "skewedRows",
  "apparentArbitrageRows",
  "offTickRows",
  "gaps",
  "blackouts",
  "takersOutside",
  "takersOffTick",
  "takersUnusable"
] as const
export type DefectName = (typeof DEFECT_NAMES)[number]

/** Every row read becomes one book, or is counted under one of these. */
export const ROW_FATES: ReadonlyArray<DefectName> = [
  "lateRows",
  "crossedRows",
  "otherTokenRows",
  "rowsAfterEnd",
  "staleFirstRows",
  "rowsOfWindowsLeftOut",
  "rowsReplacedByDepth"
]

/** Running counts; one object goes through an import. */
export interface Defects {
  readonly counts: Readonly<Record<DefectName, number>>
  readonly add: (name: DefectName, by?: number) => void
}

export const makeDefects = (): Defects => {
  const counts = Object.fromEntries(DEFECT_NAMES.map((name) => [name, 0])) as Record<DefectName, number>
  return {
    counts,
    add: (name, by = 1) => {
      counts[name] += by
    }
  }
}
