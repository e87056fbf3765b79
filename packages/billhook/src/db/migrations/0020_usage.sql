CREATE TABLE "billhook"."grants" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"feature" text NOT NULL,
	"value" jsonb NOT NULL,
	"effect" text NOT NULL,
	"reason" text NOT NULL,
	"actor" text NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "grants_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "grants_effect" CHECK (effect in ('set', 'add'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."meters" (
	"id" text PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"aggregation" text NOT NULL,
	"property" text,
	"filters" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"group_by" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "meters_key_once" UNIQUE("key"),
	CONSTRAINT "meters_aggregation" CHECK (aggregation in ('count', 'sum', 'max', 'last', 'unique'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."usage_counters" (
	"organization_id" text NOT NULL,
	"meter_id" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone,
	"used" numeric NOT NULL,
	"last_at" timestamp (3) with time zone,
	"highest_limits" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"told" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "usage_counters_pkey" PRIMARY KEY("organization_id","meter_id","starts_at")
);
--> statement-breakpoint
CREATE TABLE "billhook"."usage_events" (
	"organization_id" text NOT NULL,
	"meter_id" text NOT NULL,
	"event_id" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"occurred_at" timestamp (3) with time zone NOT NULL,
	"counted_at" timestamp (3) with time zone NOT NULL,
	"value" numeric,
	"properties" jsonb NOT NULL,
	CONSTRAINT "usage_events_pkey" PRIMARY KEY("organization_id","event_id","meter_id","received_at")
) PARTITION BY RANGE ("received_at");
--> statement-breakpoint
CREATE TABLE "billhook"."usage_reservations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"feature" text NOT NULL,
	"meter_id" text NOT NULL,
	"event_id" text NOT NULL,
	"quantity" numeric NOT NULL,
	"properties" jsonb NOT NULL,
	"status" text NOT NULL,
	"settled_quantity" numeric,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "usage_reservations_scope" UNIQUE("organization_id","id"),
	CONSTRAINT "usage_reservations_event_once" UNIQUE("organization_id","meter_id","event_id"),
	CONSTRAINT "usage_reservations_status" CHECK (status in ('held', 'settled', 'released')),
	CONSTRAINT "usage_reservations_settled" CHECK ((status = 'settled') = (settled_quantity is not null))
);
--> statement-breakpoint
CREATE TABLE "billhook"."usage_rollups" (
	"organization_id" text NOT NULL,
	"meter_id" text NOT NULL,
	"bucket_at" timestamp (3) with time zone NOT NULL,
	"groups" jsonb NOT NULL,
	"events" bigint NOT NULL,
	"total" numeric NOT NULL,
	"highest" numeric NOT NULL,
	"last_value" numeric NOT NULL,
	"last_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "usage_rollups_pkey" PRIMARY KEY("organization_id","meter_id","bucket_at","groups")
);
--> statement-breakpoint
CREATE TABLE "billhook"."usage_values" (
	"organization_id" text NOT NULL,
	"meter_id" text NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "usage_values_pkey" PRIMARY KEY("organization_id","meter_id","starts_at","value")
);
--> statement-breakpoint
ALTER TABLE "billhook"."grants" ADD CONSTRAINT "grants_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_counters" ADD CONSTRAINT "usage_counters_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_counters" ADD CONSTRAINT "usage_counters_meter_id_meters_id_fk" FOREIGN KEY ("meter_id") REFERENCES "billhook"."meters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_reservations" ADD CONSTRAINT "usage_reservations_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_reservations" ADD CONSTRAINT "usage_reservations_meter_id_meters_id_fk" FOREIGN KEY ("meter_id") REFERENCES "billhook"."meters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_rollups" ADD CONSTRAINT "usage_rollups_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_rollups" ADD CONSTRAINT "usage_rollups_meter_id_meters_id_fk" FOREIGN KEY ("meter_id") REFERENCES "billhook"."meters"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."usage_values" ADD CONSTRAINT "usage_values_counter" FOREIGN KEY ("organization_id","meter_id","starts_at") REFERENCES "billhook"."usage_counters"("organization_id","meter_id","starts_at") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grants_in_force" ON "billhook"."grants" USING btree ("organization_id","feature") WHERE revoked_at is null;--> statement-breakpoint
CREATE INDEX "usage_counters_over" ON "billhook"."usage_counters" USING btree ("ends_at") WHERE ends_at is not null;--> statement-breakpoint
CREATE INDEX "usage_events_counted" ON "billhook"."usage_events" USING btree ("meter_id","organization_id","counted_at");--> statement-breakpoint
CREATE INDEX "usage_reservations_held" ON "billhook"."usage_reservations" USING btree ("organization_id","meter_id") WHERE status = 'held';