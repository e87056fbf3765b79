ALTER TABLE "billhook"."reconcile_differences" DROP CONSTRAINT "reconcile_differences_object";--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_runs" DROP CONSTRAINT "reconcile_runs_phase";--> statement-breakpoint
ALTER TABLE "billhook"."subscription_periods" ADD COLUMN "observed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_differences" ADD CONSTRAINT "reconcile_differences_object" CHECK (object in ('subscription', 'invoice', 'refund', 'dispute'));--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_runs" ADD CONSTRAINT "reconcile_runs_phase" CHECK (phase in ('subscriptions', 'unseen_subscriptions', 'invoices', 'unseen_invoices', 'refunds', 'unseen_refunds', 'disputes', 'unseen_disputes'));