CREATE SCHEMA IF NOT EXISTS "billhook";
--> statement-breakpoint
CREATE TABLE "billhook"."plans" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"organization_id" text,
	"product_line" text DEFAULT 'main' NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"features" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"limits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"is_default" boolean DEFAULT false NOT NULL,
	"grace_days" integer DEFAULT 7 NOT NULL,
	"archived_at" timestamp (3) with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "plans_key_once" UNIQUE("key"),
	CONSTRAINT "plans_grace_days" CHECK ("billhook"."plans"."grace_days" >= 0),
	CONSTRAINT "plans_default_is_for_everyone" CHECK (not (is_default and organization_id is not null))
);
--> statement-breakpoint
CREATE TABLE "billhook"."prices" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"plan_id" text NOT NULL,
	"organization_id" text,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"interval" text NOT NULL,
	"interval_count" integer DEFAULT 1 NOT NULL,
	"trial_days" integer DEFAULT 0 NOT NULL,
	"tax_behavior" text DEFAULT 'exclusive' NOT NULL,
	"successor_id" text,
	"archived_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "prices_key_once" UNIQUE("key"),
	CONSTRAINT "prices_amount" CHECK ("billhook"."prices"."amount" >= 0),
	CONSTRAINT "prices_interval" CHECK (interval in ('day', 'week', 'month', 'year')),
	CONSTRAINT "prices_interval_count" CHECK ("billhook"."prices"."interval_count" > 0),
	CONSTRAINT "prices_trial_days" CHECK ("billhook"."prices"."trial_days" between 0 and 730),
	CONSTRAINT "prices_tax_behavior" CHECK (tax_behavior in ('exclusive', 'inclusive')),
	CONSTRAINT "prices_currency" CHECK ("billhook"."prices"."currency" ~ '^[A-Z]{3}$')
);
--> statement-breakpoint
CREATE TABLE "billhook"."provider_prices" (
	"id" text PRIMARY KEY NOT NULL,
	"price_id" text NOT NULL,
	"organization_id" text,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_price_id" text NOT NULL,
	"external_product_id" text NOT NULL,
	"stripe_price_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_price_id end) STORED,
	"stripe_product_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_product_id end) STORED,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "provider_prices_external_once" UNIQUE("provider","external_price_id"),
	CONSTRAINT "provider_prices_price_once" UNIQUE("provider","price_id")
);
--> statement-breakpoint
CREATE TABLE "billhook"."checkout_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"purpose" text DEFAULT 'subscribe' NOT NULL,
	"product_line" text NOT NULL,
	"status" text NOT NULL,
	"price_id" text NOT NULL,
	"quantity" integer NOT NULL,
	"success_url" text NOT NULL,
	"cancel_url" text NOT NULL,
	"external_session_id" text,
	"url" text,
	"expires_at" timestamp (3) with time zone,
	"subscription_id" text,
	"concluded_by" text,
	"observed_at" timestamp (3) with time zone,
	"observed_by" text,
	"snapshot_digest" text,
	"ticket_issued" bigint DEFAULT 0 NOT NULL,
	"ticket_applied" bigint DEFAULT 0 NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "checkout_sessions_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "checkout_sessions_external_once" UNIQUE("provider","external_session_id"),
	CONSTRAINT "checkout_sessions_status" CHECK (status in ('open', 'processing', 'complete', 'expired')),
	CONSTRAINT "checkout_sessions_purpose" CHECK (purpose in ('subscribe', 'transfer', 'payment_method')),
	CONSTRAINT "checkout_sessions_quantity" CHECK ("billhook"."checkout_sessions"."quantity" > 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."customers" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_customer_id" text NOT NULL,
	"currency" text DEFAULT '' NOT NULL,
	"email" text,
	"name" text,
	"stripe_customer_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_customer_id end) STORED,
	"deleted_at" timestamp (3) with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "customers_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "customers_external_once" UNIQUE("provider","external_customer_id")
);
--> statement-breakpoint
CREATE TABLE "billhook"."payment_methods" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_payment_method_id" text NOT NULL,
	"kind" text NOT NULL,
	"brand" text,
	"last4" text,
	"expires_month" integer,
	"expires_year" integer,
	"detached_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "payment_methods_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "payment_methods_external_once" UNIQUE("provider","external_payment_method_id"),
	CONSTRAINT "payment_methods_last4" CHECK ("billhook"."payment_methods"."last4" ~ '^[0-9]{4}$')
);
--> statement-breakpoint
CREATE TABLE "billhook"."billing_events" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"type" text NOT NULL,
	"object_kind" text NOT NULL,
	"object_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "billhook"."billing_events_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"source" text NOT NULL,
	"data" jsonb NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "billing_events_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "billing_events_sequence_once" UNIQUE("organization_id","object_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "billhook"."deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"billing_event_id" text NOT NULL,
	"receiver" text NOT NULL,
	"status" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"delivered_at" timestamp (3) with time zone,
	"last_error" text,
	CONSTRAINT "deliveries_once" UNIQUE("billing_event_id","receiver"),
	CONSTRAINT "deliveries_status" CHECK (status in ('pending', 'delivered', 'dead'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."webhook_events" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"dedupe_key" text NOT NULL,
	"line_key" text NOT NULL,
	"type" text NOT NULL,
	"occurred_at" timestamp (3) with time zone,
	"payload_version" text,
	"mode" text NOT NULL,
	"payload" text NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "billhook"."webhook_events_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"due_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"processed_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_events_once" UNIQUE("provider","dedupe_key"),
	CONSTRAINT "webhook_events_status" CHECK (status in ('received', 'processed', 'ignored', 'failed', 'dead')),
	CONSTRAINT "webhook_events_reason" CHECK (status in ('received', 'processed') or reason is not null)
);
--> statement-breakpoint
CREATE TABLE "billhook"."credit_notes" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"invoice_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_credit_note_id" text NOT NULL,
	"number" text,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "credit_notes_external_once" UNIQUE("provider","external_credit_note_id"),
	CONSTRAINT "credit_notes_amount" CHECK ("billhook"."credit_notes"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."customer_balance_entries" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"invoice_id" text,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "customer_balance_entries_amount" CHECK ("billhook"."customer_balance_entries"."amount" <> 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."invoice_lines" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"invoice_id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"external_line_id" text,
	"description" text NOT NULL,
	"quantity" integer,
	"amount" bigint NOT NULL,
	"price_id" text,
	"proration" boolean DEFAULT false NOT NULL,
	"period_start" timestamp (3) with time zone,
	"period_end" timestamp (3) with time zone,
	CONSTRAINT "invoice_lines_ordinal_once" UNIQUE("invoice_id","ordinal")
);
--> statement-breakpoint
CREATE TABLE "billhook"."invoices" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"subscription_id" text,
	"binding_id" text,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_invoice_id" text NOT NULL,
	"external_payment_intent_id" text,
	"stripe_invoice_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_invoice_id end) STORED,
	"stripe_payment_intent_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_payment_intent_id end) STORED,
	"number" text,
	"number_source" text NOT NULL,
	"status" text NOT NULL,
	"billing_reason" text NOT NULL,
	"currency" text NOT NULL,
	"subtotal" bigint NOT NULL,
	"discount" bigint NOT NULL,
	"tax" bigint NOT NULL,
	"total" bigint NOT NULL,
	"credit_applied" bigint NOT NULL,
	"amount_due" bigint NOT NULL,
	"amount_paid" bigint NOT NULL,
	"amount_remaining" bigint NOT NULL,
	"amount_refunded" bigint NOT NULL,
	"period_start" timestamp (3) with time zone,
	"period_end" timestamp (3) with time zone,
	"due_at" timestamp (3) with time zone,
	"finalized_at" timestamp (3) with time zone,
	"paid_at" timestamp (3) with time zone,
	"voided_at" timestamp (3) with time zone,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"next_payment_attempt_at" timestamp (3) with time zone,
	"hosted_url" text,
	"pdf_url" text,
	"observed_at" timestamp (3) with time zone,
	"observed_by" text,
	"snapshot_digest" text,
	"ticket_issued" bigint DEFAULT 0 NOT NULL,
	"ticket_applied" bigint DEFAULT 0 NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invoices_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "invoices_external_once" UNIQUE("provider","external_invoice_id"),
	CONSTRAINT "invoices_status" CHECK (status in ('draft', 'open', 'paid', 'uncollectible', 'void')),
	CONSTRAINT "invoices_billing_reason" CHECK (billing_reason in ('subscription_create', 'subscription_cycle', 'subscription_update', 'manual')),
	CONSTRAINT "invoices_number_source" CHECK (number_source in ('provider', 'billhook')),
	CONSTRAINT "invoices_currency" CHECK ("billhook"."invoices"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "invoices_total" CHECK (total = subtotal - discount + tax),
	CONSTRAINT "invoices_amount_due" CHECK (amount_due = greatest(0, total - credit_applied)),
	CONSTRAINT "invoices_never_negative" CHECK (discount >= 0 and amount_paid >= 0 and amount_remaining >= 0 and amount_refunded >= 0),
	CONSTRAINT "invoices_refund_within_paid" CHECK (amount_refunded <= amount_paid),
	CONSTRAINT "invoices_paid_at" CHECK (status <> 'paid' or paid_at is not null)
);
--> statement-breakpoint
CREATE TABLE "billhook"."payment_allocations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"payment_id" text NOT NULL,
	"invoice_id" text NOT NULL,
	"amount" bigint NOT NULL,
	CONSTRAINT "payment_allocations_once" UNIQUE("payment_id","invoice_id"),
	CONSTRAINT "payment_allocations_amount" CHECK ("billhook"."payment_allocations"."amount" >= 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."payments" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"binding_id" text,
	"operation_id" text,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_payment_id" text NOT NULL,
	"stripe_payment_intent_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_payment_id end) STORED,
	"status" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"attempt_no" integer DEFAULT 1 NOT NULL,
	"decline_code" text,
	"failure_message" text,
	"attempted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "payments_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "payments_external_once" UNIQUE("provider","external_payment_id"),
	CONSTRAINT "payments_status" CHECK (status in ('processing', 'requires_action', 'succeeded', 'failed', 'canceled')),
	CONSTRAINT "payments_amount" CHECK ("billhook"."payments"."amount" >= 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."refunds" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"payment_id" text NOT NULL,
	"invoice_id" text,
	"operation_id" text,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_refund_id" text NOT NULL,
	"status" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "refunds_external_once" UNIQUE("provider","external_refund_id"),
	CONSTRAINT "refunds_status" CHECK (status in ('pending', 'succeeded', 'failed')),
	CONSTRAINT "refunds_amount" CHECK ("billhook"."refunds"."amount" > 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"name" text NOT NULL,
	"key_hash" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_hash_once" UNIQUE("key_hash")
);
--> statement-breakpoint
CREATE TABLE "billhook"."audit_log" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"facts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_log_id" UNIQUE("organization_id","id")
);
--> statement-breakpoint
CREATE TABLE "billhook"."organizations" (
	"id" text PRIMARY KEY NOT NULL,
	"external_id" text NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"country" text NOT NULL,
	"currency" text NOT NULL,
	"timezone" text NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "organizations_external_id_once" UNIQUE("external_id")
);
--> statement-breakpoint
CREATE TABLE "billhook"."portal_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"role" text NOT NULL,
	"return_url" text NOT NULL,
	"link_hash" text NOT NULL,
	"link_expires_at" timestamp (3) with time zone NOT NULL,
	"link_used_at" timestamp (3) with time zone,
	"cookie_hash" text,
	"cookie_expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "portal_sessions_link_once" UNIQUE("link_hash"),
	CONSTRAINT "portal_sessions_cookie_needs_use" CHECK (("billhook"."portal_sessions"."cookie_hash" is null) = ("billhook"."portal_sessions"."link_used_at" is null))
);
--> statement-breakpoint
CREATE TABLE "billhook"."alerts" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"severity" text NOT NULL,
	"detail" text NOT NULL,
	"facts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	CONSTRAINT "alerts_severity" CHECK (severity in ('info', 'warning', 'critical'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."external_refs" (
	"provider" text NOT NULL,
	"kind" text NOT NULL,
	"external_id" text NOT NULL,
	"organization_id" text NOT NULL,
	"object_id" text NOT NULL,
	CONSTRAINT "external_refs_once" PRIMARY KEY("provider","kind","external_id"),
	CONSTRAINT "external_refs_kind" CHECK (kind in ('customer', 'checkout_session', 'subscription', 'invoice', 'payment', 'refund'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."idempotency_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"credential" text NOT NULL,
	"organization_id" text NOT NULL,
	"method" text NOT NULL,
	"path" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" text NOT NULL,
	"status" text NOT NULL,
	"response_status" integer,
	"response_body" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_once" UNIQUE("credential","organization_id","method","path","key"),
	CONSTRAINT "idempotency_keys_done" CHECK ((status = 'done') = (response_status is not null))
);
--> statement-breakpoint
CREATE TABLE "billhook"."operations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"kind" text NOT NULL,
	"provider" text NOT NULL,
	"business_key" text NOT NULL,
	"subscription_id" text,
	"input" jsonb NOT NULL,
	"status" text NOT NULL,
	"result" jsonb,
	"error_code" text,
	"error_detail" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "operations_business_key_once" UNIQUE("business_key"),
	CONSTRAINT "operations_status" CHECK (status in ('pending', 'succeeded', 'failed', 'unknown')),
	CONSTRAINT "operations_failed_says_why" CHECK (status <> 'failed' or error_code is not null)
);
--> statement-breakpoint
CREATE TABLE "billhook"."provider_state" (
	"provider" text NOT NULL,
	"key" text NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "provider_state_once" PRIMARY KEY("provider","key")
);
--> statement-breakpoint
CREATE TABLE "billhook"."bindings" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_subscription_id" text NOT NULL,
	"stripe_subscription_id" text GENERATED ALWAYS AS (case when provider_kind = 'stripe' then external_subscription_id end) STORED,
	"role" text NOT NULL,
	"engine" text DEFAULT 'provider' NOT NULL,
	"external_status" text NOT NULL,
	"observed_at" timestamp (3) with time zone,
	"observed_by" text,
	"snapshot_digest" text,
	"ticket_issued" bigint DEFAULT 0 NOT NULL,
	"ticket_applied" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "bindings_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "bindings_external_once" UNIQUE("provider","external_subscription_id"),
	CONSTRAINT "bindings_role" CHECK (role in ('billing', 'pending', 'ending', 'ended', 'duplicate')),
	CONSTRAINT "bindings_engine" CHECK (engine in ('provider', 'own')),
	CONSTRAINT "bindings_external_status" CHECK (external_status in ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'incomplete_expired'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."subscription_changes" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"operation_id" text NOT NULL,
	"status" text NOT NULL,
	"outcome" text NOT NULL,
	"to_price_id" text,
	"to_quantity" integer,
	"proration" text NOT NULL,
	"approval_url" text,
	"expires_at" timestamp (3) with time zone,
	"effective_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "subscription_changes_status" CHECK (status in ('open', 'applied', 'canceled', 'expired', 'failed')),
	CONSTRAINT "subscription_changes_approval" CHECK (outcome <> 'requires_approval' or approval_url is not null)
);
--> statement-breakpoint
CREATE TABLE "billhook"."subscription_items" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"binding_id" text NOT NULL,
	"external_item_id" text NOT NULL,
	"external_price_id" text NOT NULL,
	"price_id" text,
	"quantity" integer,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "subscription_items_external_once" UNIQUE("binding_id","external_item_id")
);
--> statement-breakpoint
CREATE TABLE "billhook"."subscription_periods" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"binding_id" text NOT NULL,
	"ordinal" integer NOT NULL,
	"start_at" timestamp (3) with time zone NOT NULL,
	"end_at" timestamp (3) with time zone NOT NULL,
	"is_trial" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "subscription_periods_ordinal_once" UNIQUE("subscription_id","ordinal"),
	CONSTRAINT "subscription_periods_start_once" UNIQUE("subscription_id","start_at"),
	CONSTRAINT "subscription_periods_order" CHECK ("billhook"."subscription_periods"."start_at" < "billhook"."subscription_periods"."end_at")
);
--> statement-breakpoint
CREATE TABLE "billhook"."subscriptions" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"product_line" text NOT NULL,
	"plan_id" text NOT NULL,
	"price_id" text NOT NULL,
	"status" text NOT NULL,
	"quantity" integer NOT NULL,
	"currency" text NOT NULL,
	"started_at" timestamp (3) with time zone,
	"current_period_start" timestamp (3) with time zone,
	"current_period_end" timestamp (3) with time zone,
	"billing_anchor_at" timestamp (3) with time zone,
	"cycle_no" integer DEFAULT 0 NOT NULL,
	"paid_through_at" timestamp (3) with time zone,
	"next_action_at" timestamp (3) with time zone,
	"grace_started_at" timestamp (3) with time zone,
	"trial_start" timestamp (3) with time zone,
	"trial_end" timestamp (3) with time zone,
	"trial_end_told_at" timestamp (3) with time zone,
	"cancel_at" timestamp (3) with time zone,
	"canceled_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"pause_kind" text,
	"pause_from" timestamp (3) with time zone,
	"pause_resumes_at" timestamp (3) with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "subscriptions_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "subscriptions_status" CHECK (status in ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled', 'incomplete_expired')),
	CONSTRAINT "subscriptions_quantity" CHECK ("billhook"."subscriptions"."quantity" >= 0),
	CONSTRAINT "subscriptions_period" CHECK ("billhook"."subscriptions"."current_period_start" < "billhook"."subscriptions"."current_period_end"),
	CONSTRAINT "subscriptions_ended" CHECK ((status = 'canceled') = (ended_at is not null)),
	CONSTRAINT "subscriptions_live_has_period" CHECK (status in ('trialing', 'active', 'past_due') is false or current_period_end is not null),
	CONSTRAINT "subscriptions_pause_kind" CHECK (pause_kind in ('collection', 'service'))
);
--> statement-breakpoint
ALTER TABLE "billhook"."plans" ADD CONSTRAINT "plans_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD CONSTRAINT "prices_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "billhook"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD CONSTRAINT "prices_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD CONSTRAINT "prices_successor_id_prices_id_fk" FOREIGN KEY ("successor_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."provider_prices" ADD CONSTRAINT "provider_prices_price_id_prices_id_fk" FOREIGN KEY ("price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."provider_prices" ADD CONSTRAINT "provider_prices_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."checkout_sessions" ADD CONSTRAINT "checkout_sessions_price_id_prices_id_fk" FOREIGN KEY ("price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."checkout_sessions" ADD CONSTRAINT "checkout_sessions_customer" FOREIGN KEY ("organization_id","customer_id") REFERENCES "billhook"."customers"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."customers" ADD CONSTRAINT "customers_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."payment_methods" ADD CONSTRAINT "payment_methods_customer" FOREIGN KEY ("organization_id","customer_id") REFERENCES "billhook"."customers"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."billing_events" ADD CONSTRAINT "billing_events_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."deliveries" ADD CONSTRAINT "deliveries_billing_event" FOREIGN KEY ("organization_id","billing_event_id") REFERENCES "billhook"."billing_events"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."webhook_events" ADD CONSTRAINT "webhook_events_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."credit_notes" ADD CONSTRAINT "credit_notes_invoice" FOREIGN KEY ("organization_id","invoice_id") REFERENCES "billhook"."invoices"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."customer_balance_entries" ADD CONSTRAINT "customer_balance_entries_customer" FOREIGN KEY ("organization_id","customer_id") REFERENCES "billhook"."customers"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."invoice_lines" ADD CONSTRAINT "invoice_lines_price_id_prices_id_fk" FOREIGN KEY ("price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."invoice_lines" ADD CONSTRAINT "invoice_lines_invoice" FOREIGN KEY ("organization_id","invoice_id") REFERENCES "billhook"."invoices"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."invoices" ADD CONSTRAINT "invoices_customer" FOREIGN KEY ("organization_id","customer_id") REFERENCES "billhook"."customers"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."invoices" ADD CONSTRAINT "invoices_subscription" FOREIGN KEY ("organization_id","subscription_id") REFERENCES "billhook"."subscriptions"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."invoices" ADD CONSTRAINT "invoices_binding" FOREIGN KEY ("organization_id","binding_id") REFERENCES "billhook"."bindings"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."payment_allocations" ADD CONSTRAINT "payment_allocations_payment" FOREIGN KEY ("organization_id","payment_id") REFERENCES "billhook"."payments"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."payment_allocations" ADD CONSTRAINT "payment_allocations_invoice" FOREIGN KEY ("organization_id","invoice_id") REFERENCES "billhook"."invoices"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."payments" ADD CONSTRAINT "payments_customer" FOREIGN KEY ("organization_id","customer_id") REFERENCES "billhook"."customers"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD CONSTRAINT "refunds_payment" FOREIGN KEY ("organization_id","payment_id") REFERENCES "billhook"."payments"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."api_keys" ADD CONSTRAINT "api_keys_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."audit_log" ADD CONSTRAINT "audit_log_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."portal_sessions" ADD CONSTRAINT "portal_sessions_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."alerts" ADD CONSTRAINT "alerts_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."external_refs" ADD CONSTRAINT "external_refs_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."operations" ADD CONSTRAINT "operations_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD CONSTRAINT "bindings_subscription" FOREIGN KEY ("organization_id","subscription_id") REFERENCES "billhook"."subscriptions"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD CONSTRAINT "bindings_customer" FOREIGN KEY ("organization_id","customer_id") REFERENCES "billhook"."customers"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_changes" ADD CONSTRAINT "subscription_changes_to_price_id_prices_id_fk" FOREIGN KEY ("to_price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_changes" ADD CONSTRAINT "subscription_changes_subscription" FOREIGN KEY ("organization_id","subscription_id") REFERENCES "billhook"."subscriptions"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_items" ADD CONSTRAINT "subscription_items_price_id_prices_id_fk" FOREIGN KEY ("price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_items" ADD CONSTRAINT "subscription_items_subscription" FOREIGN KEY ("organization_id","subscription_id") REFERENCES "billhook"."subscriptions"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_items" ADD CONSTRAINT "subscription_items_binding" FOREIGN KEY ("organization_id","binding_id") REFERENCES "billhook"."bindings"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_periods" ADD CONSTRAINT "subscription_periods_subscription" FOREIGN KEY ("organization_id","subscription_id") REFERENCES "billhook"."subscriptions"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscriptions" ADD CONSTRAINT "subscriptions_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscriptions" ADD CONSTRAINT "subscriptions_plan_id_plans_id_fk" FOREIGN KEY ("plan_id") REFERENCES "billhook"."plans"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."subscriptions" ADD CONSTRAINT "subscriptions_price_id_prices_id_fk" FOREIGN KEY ("price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "plans_one_default_per_product_line" ON "billhook"."plans" USING btree ("product_line") WHERE is_default and archived_at is null;--> statement-breakpoint
CREATE INDEX "prices_by_plan" ON "billhook"."prices" USING btree ("plan_id");--> statement-breakpoint
CREATE INDEX "provider_prices_by_price" ON "billhook"."provider_prices" USING btree ("price_id");--> statement-breakpoint
CREATE UNIQUE INDEX "checkout_sessions_one_open" ON "billhook"."checkout_sessions" USING btree ("organization_id","product_line","purpose") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "checkout_sessions_due" ON "billhook"."checkout_sessions" USING btree ("expires_at") WHERE status = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "customers_one_per_provider" ON "billhook"."customers" USING btree ("organization_id","provider","currency") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "payment_methods_by_customer" ON "billhook"."payment_methods" USING btree ("organization_id","customer_id");--> statement-breakpoint
CREATE INDEX "billing_events_in_order" ON "billhook"."billing_events" USING btree ("organization_id","position");--> statement-breakpoint
CREATE INDEX "billing_events_all_in_order" ON "billhook"."billing_events" USING btree ("position");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "billhook"."deliveries" USING btree ("due_at") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_events_due" ON "billhook"."webhook_events" USING btree ("due_at") WHERE status in ('received', 'failed');--> statement-breakpoint
CREATE INDEX "webhook_events_line" ON "billhook"."webhook_events" USING btree ("provider","line_key","position") WHERE status in ('received', 'failed');--> statement-breakpoint
CREATE INDEX "webhook_events_latest" ON "billhook"."webhook_events" USING btree ("position");--> statement-breakpoint
CREATE INDEX "customer_balance_entries_by_customer" ON "billhook"."customer_balance_entries" USING btree ("organization_id","customer_id");--> statement-breakpoint
CREATE UNIQUE INDEX "invoices_cycle_once" ON "billhook"."invoices" USING btree ("subscription_id","period_start") WHERE billing_reason = 'subscription_cycle' and number_source = 'billhook' and status <> 'void';--> statement-breakpoint
CREATE INDEX "invoices_by_organization" ON "billhook"."invoices" USING btree ("organization_id","created_at","id");--> statement-breakpoint
CREATE INDEX "invoices_by_subscription" ON "billhook"."invoices" USING btree ("organization_id","subscription_id");--> statement-breakpoint
CREATE INDEX "payment_allocations_by_invoice" ON "billhook"."payment_allocations" USING btree ("organization_id","invoice_id");--> statement-breakpoint
CREATE INDEX "api_keys_by_organization" ON "billhook"."api_keys" USING btree ("organization_id");--> statement-breakpoint
CREATE INDEX "audit_log_by_subject" ON "billhook"."audit_log" USING btree ("subject");--> statement-breakpoint
CREATE UNIQUE INDEX "portal_sessions_cookie_once" ON "billhook"."portal_sessions" USING btree ("cookie_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_one_open" ON "billhook"."alerts" USING btree ("kind","subject") WHERE resolved_at is null;--> statement-breakpoint
CREATE INDEX "alerts_by_time" ON "billhook"."alerts" USING btree ("opened_at");--> statement-breakpoint
CREATE INDEX "idempotency_keys_expiry" ON "billhook"."idempotency_keys" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "operations_one_open_per_subscription" ON "billhook"."operations" USING btree ("subscription_id") WHERE status in ('pending', 'unknown');--> statement-breakpoint
CREATE INDEX "operations_due" ON "billhook"."operations" USING btree ("due_at") WHERE status in ('pending', 'unknown');--> statement-breakpoint
CREATE UNIQUE INDEX "bindings_one_billing" ON "billhook"."bindings" USING btree ("subscription_id") WHERE role = 'billing';--> statement-breakpoint
CREATE INDEX "bindings_by_subscription" ON "billhook"."bindings" USING btree ("organization_id","subscription_id");--> statement-breakpoint
CREATE UNIQUE INDEX "subscription_changes_one_open" ON "billhook"."subscription_changes" USING btree ("subscription_id") WHERE status = 'open';--> statement-breakpoint
CREATE INDEX "subscription_items_by_subscription" ON "billhook"."subscription_items" USING btree ("organization_id","subscription_id");--> statement-breakpoint
CREATE UNIQUE INDEX "subscriptions_one_live" ON "billhook"."subscriptions" USING btree ("organization_id","product_line") WHERE status in ('trialing', 'active', 'past_due', 'unpaid', 'paused');--> statement-breakpoint
CREATE INDEX "subscriptions_due" ON "billhook"."subscriptions" USING btree ("next_action_at") WHERE next_action_at is not null;