DROP INDEX "billhook"."webhook_events_latest";--> statement-breakpoint
ALTER TABLE "billhook"."webhook_events" ALTER COLUMN "payload" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."webhook_events" ADD COLUMN "payload_pruned_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "webhook_events_not_processed" ON "billhook"."webhook_events" USING btree ("status","id") WHERE status <> 'processed';--> statement-breakpoint
CREATE INDEX "webhook_events_of_organization" ON "billhook"."webhook_events" USING btree ("organization_id","id");--> statement-breakpoint
CREATE INDEX "webhook_events_to_prune" ON "billhook"."webhook_events" USING btree ("processed_at") WHERE payload is not null and status in ('processed', 'ignored');--> statement-breakpoint
ALTER TABLE "billhook"."webhook_events" ADD CONSTRAINT "webhook_events_payload" CHECK (payload is not null or (payload_pruned_at is not null and status in ('processed', 'ignored')));