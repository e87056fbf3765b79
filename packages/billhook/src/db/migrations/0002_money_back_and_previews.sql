CREATE TABLE "billhook"."coupons" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"organization_id" text,
	"name" text NOT NULL,
	"percent_off" numeric(5, 2),
	"amount_off" bigint,
	"currency" text,
	"duration" text NOT NULL,
	"duration_in_months" integer,
	"promotion_code" text,
	"max_redemptions" integer,
	"expires_at" timestamp (3) with time zone,
	"archived_at" timestamp (3) with time zone,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "coupons_key_once" UNIQUE("key"),
	CONSTRAINT "coupons_promotion_code_once" UNIQUE("promotion_code"),
	CONSTRAINT "coupons_one_kind" CHECK ((percent_off is null) <> (amount_off is null)),
	CONSTRAINT "coupons_percent" CHECK ("billhook"."coupons"."percent_off" > 0 and "billhook"."coupons"."percent_off" <= 100),
	CONSTRAINT "coupons_amount" CHECK ((amount_off is null) = (currency is null) and "billhook"."coupons"."amount_off" > 0),
	CONSTRAINT "coupons_duration" CHECK (duration in ('once', 'repeating', 'forever')),
	CONSTRAINT "coupons_months" CHECK ((duration = 'repeating') = (duration_in_months is not null) and "billhook"."coupons"."duration_in_months" > 0),
	CONSTRAINT "coupons_redemptions" CHECK ("billhook"."coupons"."max_redemptions" > 0)
);
--> statement-breakpoint
CREATE TABLE "billhook"."provider_coupons" (
	"id" text PRIMARY KEY NOT NULL,
	"coupon_id" text NOT NULL,
	"organization_id" text,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_coupon_id" text NOT NULL,
	"external_promotion_code_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "provider_coupons_external_once" UNIQUE("provider","external_coupon_id"),
	CONSTRAINT "provider_coupons_coupon_once" UNIQUE("provider","coupon_id")
);
--> statement-breakpoint
CREATE TABLE "billhook"."disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"payment_id" text NOT NULL,
	"provider" text NOT NULL,
	"provider_kind" text NOT NULL,
	"external_dispute_id" text NOT NULL,
	"status" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"reason" text,
	"respond_by" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"observed_at" timestamp (3) with time zone,
	"observed_by" text,
	"snapshot_digest" text,
	"ticket_issued" bigint DEFAULT 0 NOT NULL,
	"ticket_applied" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "disputes_external_once" UNIQUE("provider","external_dispute_id"),
	CONSTRAINT "disputes_status" CHECK (status in ('needs_response', 'under_review', 'won', 'lost')),
	CONSTRAINT "disputes_amount" CHECK ("billhook"."disputes"."amount" > 0),
	CONSTRAINT "disputes_closed" CHECK ((status in ('won', 'lost')) = (closed_at is not null))
);
--> statement-breakpoint
CREATE TABLE "billhook"."usage_reports" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"provider" text NOT NULL,
	"meter_event_name" text NOT NULL,
	"external_customer_id" text NOT NULL,
	"report_key" text NOT NULL,
	"operation_id" text NOT NULL,
	"quantity" numeric NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"reported_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "usage_reports_once" UNIQUE("organization_id","provider","meter_event_name","report_key")
);
--> statement-breakpoint
CREATE TABLE "billhook"."change_previews" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"subscription_id" text NOT NULL,
	"to_price_id" text NOT NULL,
	"to_quantity" integer NOT NULL,
	"proration" text NOT NULL,
	"proration_at" timestamp (3) with time zone NOT NULL,
	"due_now" bigint NOT NULL,
	"shown" jsonb NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "billhook"."external_refs" DROP CONSTRAINT "external_refs_kind";--> statement-breakpoint
ALTER TABLE "billhook"."checkout_sessions" ADD COLUMN "coupon_id" text;--> statement-breakpoint
ALTER TABLE "billhook"."checkout_sessions" ADD COLUMN "options" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD COLUMN "failure_message" text;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD COLUMN "observed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD COLUMN "observed_by" text;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD COLUMN "snapshot_digest" text;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD COLUMN "ticket_issued" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."refunds" ADD COLUMN "ticket_applied" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."coupons" ADD CONSTRAINT "coupons_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."provider_coupons" ADD CONSTRAINT "provider_coupons_coupon_id_coupons_id_fk" FOREIGN KEY ("coupon_id") REFERENCES "billhook"."coupons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."provider_coupons" ADD CONSTRAINT "provider_coupons_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."disputes" ADD CONSTRAINT "disputes_payment" FOREIGN KEY ("organization_id","payment_id") REFERENCES "billhook"."payments"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_reports" ADD CONSTRAINT "usage_reports_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."change_previews" ADD CONSTRAINT "change_previews_to_price_id_prices_id_fk" FOREIGN KEY ("to_price_id") REFERENCES "billhook"."prices"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."change_previews" ADD CONSTRAINT "change_previews_subscription" FOREIGN KEY ("organization_id","subscription_id") REFERENCES "billhook"."subscriptions"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "disputes_by_payment" ON "billhook"."disputes" USING btree ("organization_id","payment_id");--> statement-breakpoint
CREATE INDEX "usage_reports_by_time" ON "billhook"."usage_reports" USING btree ("organization_id","occurred_at");--> statement-breakpoint
CREATE INDEX "change_previews_by_subscription" ON "billhook"."change_previews" USING btree ("organization_id","subscription_id");--> statement-breakpoint
ALTER TABLE "billhook"."checkout_sessions" ADD CONSTRAINT "checkout_sessions_coupon_id_coupons_id_fk" FOREIGN KEY ("coupon_id") REFERENCES "billhook"."coupons"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."external_refs" ADD CONSTRAINT "external_refs_kind" CHECK (kind in ('customer', 'checkout_session', 'subscription', 'invoice', 'payment', 'refund', 'dispute'));