import { createRoute } from '@hono/zod-openapi'
import { getInvoice, listInvoices, payInvoice } from '../../domain/invoices/index.ts'
import { notFound } from '../../primitives/index.ts'
import { organizationOf, type RegisterRoutes } from '../env.ts'
import { answer, conflictProblem, idParameter, listJson, listOf, pageQuery, problems } from '../schemas/common.ts'
import { invoiceJson, invoiceSchema, payResultJson, payResultSchema } from '../schemas/invoice.ts'
import { pendingResultSchema } from '../schemas/subscription.ts'

const tags = ['Invoices']

export const invoiceRoutes: RegisterRoutes = (app, tools) => {
  registerReading(app, tools)
  registerPaying(app, tools)
}

const registerReading: RegisterRoutes = (app, { ctx, access }) => {
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

const registerPaying: RegisterRoutes = (app, { ctx, access, idempotent }) => {
  const pay = createRoute({
    method: 'post',
    path: '/api/v1/invoices/{id}/pay/',
    tags,
    summary: 'Try an open invoice again with the card on file',
    middleware: [access('organization', 'write'), idempotent] as const,
    request: { params: idParameter },
    responses: {
      200: answer(payResultSchema, 'What became of it'),
      202: answer(pendingResultSchema, 'The answer of the provider was lost: the operation will say'),
      ...conflictProblem,
      ...problems,
    },
  })
  app.openapi(pay, async (c) => {
    const result = await payInvoice(ctx, {
      organizationId: organizationOf(c),
      invoiceId: c.req.valid('param').id,
      businessKey: c.get('businessKey'),
    })
    if (result.outcome !== 'pending') return c.json(payResultJson(result), 200)
    c.set('operationId', result.operationId)
    return c.json({ outcome: 'pending' as const, operation_id: result.operationId }, 202)
  })
}
