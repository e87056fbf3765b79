import type { Metadata } from '../../db/schema/columns.ts'

/** In the metadata of an invoice that an old application's table was the source of; the trigger `invoices_guard` knows the word, too. */
export const importMark = 'billhook_imported_from'

/** Its totals are what somebody else had kept of it: the provider's own document may take its place, which no other finalized one allows. */
export const isReconstruction = ({ metadata }: { metadata: Metadata }): boolean => importMark in metadata

export const withoutImportMark = ({ [importMark]: _, ...metadata }: Metadata): Metadata => metadata
