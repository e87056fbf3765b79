CREATE TABLE "billhook"."invoice_sequences" (
	"organization_id" text PRIMARY KEY NOT NULL,
	"prefix" text NOT NULL,
	"last_number" integer NOT NULL,
	CONSTRAINT "invoice_sequences_last_number" CHECK (last_number > 0)
);
--> statement-breakpoint
DROP INDEX "billhook"."invoices_cycle_once";--> statement-breakpoint
ALTER TABLE "billhook"."payments" ADD COLUMN "tax" bigint;--> statement-breakpoint
ALTER TABLE "billhook"."payments" ADD COLUMN "amount_refunded" bigint;--> statement-breakpoint
ALTER TABLE "billhook"."payments" ADD COLUMN "next_attempt_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "billhook"."bindings" ADD COLUMN "terms" jsonb;--> statement-breakpoint
ALTER TABLE "billhook"."invoice_sequences" ADD CONSTRAINT "invoice_sequences_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "invoices_number_once" ON "billhook"."invoices" USING btree ("organization_id","number") WHERE number_source = 'billhook';--> statement-breakpoint
CREATE INDEX "payments_by_binding" ON "billhook"."payments" USING btree ("organization_id","binding_id");--> statement-breakpoint
CREATE UNIQUE INDEX "invoices_cycle_once" ON "billhook"."invoices" USING btree ("binding_id","period_start") WHERE billing_reason = 'subscription_cycle' and number_source = 'billhook' and status <> 'void';--> statement-breakpoint
ALTER TABLE "billhook"."payments" ADD CONSTRAINT "payments_tax" CHECK (tax between 0 and amount and (tax is null) = (amount_refunded is null));--> statement-breakpoint
ALTER TABLE "billhook"."payments" ADD CONSTRAINT "payments_amount_refunded" CHECK (amount_refunded between 0 and amount);