ALTER TABLE "billhook"."bindings" ADD COLUMN "hold_ends_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD COLUMN "hold_status" text;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD COLUMN "hold_operation_id" text;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD COLUMN "hold_retry_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "bindings_held" ON "billhook"."bindings" USING btree ("provider","hold_ends_at") WHERE hold_ends_at is not null;--> statement-breakpoint
CREATE INDEX "subscription_changes_expiring" ON "billhook"."subscription_changes" USING btree ("expires_at") WHERE status = 'open' and expires_at is not null;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD CONSTRAINT "bindings_hold_status" CHECK (hold_status in ('trialing', 'active', 'past_due', 'unpaid', 'paused'));--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD CONSTRAINT "bindings_hold_whole" CHECK ((hold_ends_at is null) = (hold_status is null) and (hold_ends_at is null) = (hold_operation_id is null));--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD CONSTRAINT "bindings_hold_is_billing" CHECK (hold_ends_at is null or role = 'billing');