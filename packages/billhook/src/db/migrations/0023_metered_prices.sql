ALTER TABLE "billhook"."plans" ADD COLUMN "after_grace" text DEFAULT 'block' NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD COLUMN "meter_id" text;--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD COLUMN "unit_amount_decimal" numeric;--> statement-breakpoint
ALTER TABLE "billhook"."grants" ADD COLUMN "metadata" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."subscription_items" ADD COLUMN "usage_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "billhook"."meters" ADD COLUMN "metadata" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD CONSTRAINT "prices_meter_id_meters_id_fk" FOREIGN KEY ("meter_id") REFERENCES "billhook"."meters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."plans" ADD CONSTRAINT "plans_after_grace" CHECK (after_grace in ('block', 'read_only'));--> statement-breakpoint
ALTER TABLE "billhook"."prices" ADD CONSTRAINT "prices_metered" CHECK ((meter_id is null) = (unit_amount_decimal is null) and unit_amount_decimal >= 0 and (meter_id is null or (amount = 0 and trial_days = 0)));