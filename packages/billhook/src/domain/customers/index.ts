export { type AdoptCustomerInput, adoptCustomer, preferPayingCustomer } from './adopt-customer.ts'
export {
  applyCreatedCustomer,
  type CustomerInput,
  createCustomer,
  findCustomer,
  getOrCreateCustomer,
  renewCustomer,
} from './create-customer.ts'
export type { Customer } from './customer.ts'
