export {
  applyCreatedCustomer,
  type CustomerInput,
  createCustomer,
  getOrCreateCustomer,
  renewCustomer,
} from './create-customer.ts'
export type { Customer } from './customer.ts'
