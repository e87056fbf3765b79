import { createRoute } from '@hono/zod-openapi'
import { getInvoice, listInvoices } from '../../domain/invoices/index.ts'
import { notFound } from '../../primitives/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { invoiceJson, invoiceSchema } from '../schemas/invoice.ts'

const tags = ['Invoices']

export const invoiceRoutes: RegisterRoutes = (app, { ctx, access }) => {
  const list = createRoute({
    method: 'get',
    path: '/api/v1/invoices/',
    tags,
    summary: 'The organization’s invoices, newest first',
    middleware: [access('organization', 'read')] as const,
    request: { query: pageQuery },
    responses: { 200: answer(listOf(invoiceSchema, 'InvoiceList')), ...problems },
  })
  app.openapi(list, async (c) => {
    const page = await listInvoices(ctx, { organizationId: organizationOf(c), ...c.req.valid('query') })
    return c.json(listJson(page, invoiceJson), 200)
  })

  const get = createRoute({
    method: 'get',
    path: '/api/v1/invoices/{id}/',
    tags,
    summary: 'One invoice',
    middleware: [access('organization', 'read')] as const,
    request: { params: idParameter },
    responses: { 200: answer(invoiceSchema), ...problems },
  })
  app.openapi(get, async (c) => {
    const input = { organizationId: organizationOf(c), invoiceId: c.req.valid('param').id }
    return c.json(invoiceJson(await getInvoice(ctx, input)), 200)
  })

  const pdf = createRoute({
    method: 'get',
    path: '/api/v1/invoices/{id}/pdf/',
    tags,
    summary: 'Sends to the invoice as a PDF, where its issuer makes one',
    middleware: [access('organization', 'read')] as const,
    request: { params: idParameter },
    responses: { 302: { description: 'Where the PDF is; the address may be short-lived' }, ...problems },
  })
  app.openapi(pdf, async (c) => {
    const { pdfUrl } = await getInvoice(ctx, { organizationId: organizationOf(c), invoiceId: c.req.valid('param').id })
    if (!pdfUrl) throw notFound('invoice_pdf_not_available', 'The issuer of this invoice makes no PDF of it.')
    return c.redirect(pdfUrl, 302)
  })
}
