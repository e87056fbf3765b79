CREATE TABLE "billhook"."delivery_attempts" (
	"delivery_id" text NOT NULL,
	"attempt_no" integer NOT NULL,
	"organization_id" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"duration_ms" integer,
	"status_code" integer,
	"error" text,
	"response_start" text,
	CONSTRAINT "delivery_attempts_once" PRIMARY KEY("delivery_id","attempt_no"),
	CONSTRAINT "delivery_attempts_finished" CHECK ((finished_at is null) = (duration_ms is null))
);
--> statement-breakpoint
CREATE TABLE "billhook"."webhook_endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text,
	"url" text NOT NULL,
	"description" text NOT NULL,
	"event_types" text[],
	"status" text NOT NULL,
	"disabled_reason" text,
	"disabled_at" timestamp (3) with time zone,
	"failing_since" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"deleted_at" timestamp (3) with time zone,
	CONSTRAINT "webhook_endpoints_status" CHECK (status in ('active', 'disabled')),
	CONSTRAINT "webhook_endpoints_reason" CHECK (disabled_reason in ('by_request', 'gone', 'failing')),
	CONSTRAINT "webhook_endpoints_disabled" CHECK ((status = 'disabled') = (disabled_at is not null) and (status = 'disabled') = (disabled_reason is not null)),
	CONSTRAINT "webhook_endpoints_deleted" CHECK (deleted_at is null or status = 'disabled')
);
--> statement-breakpoint
CREATE TABLE "billhook"."webhook_secrets" (
	"id" text PRIMARY KEY NOT NULL,
	"endpoint_id" text NOT NULL,
	"secret" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone
);
--> statement-breakpoint
DROP INDEX "billhook"."deliveries_due";--> statement-breakpoint
ALTER TABLE "billhook"."deliveries" ADD COLUMN "endpoint_id" text;--> statement-breakpoint
ALTER TABLE "billhook"."delivery_attempts" ADD CONSTRAINT "delivery_attempts_delivery_id_deliveries_id_fk" FOREIGN KEY ("delivery_id") REFERENCES "billhook"."deliveries"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."webhook_secrets" ADD CONSTRAINT "webhook_secrets_endpoint" FOREIGN KEY ("endpoint_id") REFERENCES "billhook"."webhook_endpoints"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "delivery_attempts_by_time" ON "billhook"."delivery_attempts" USING btree ("started_at");--> statement-breakpoint
CREATE INDEX "webhook_endpoints_active" ON "billhook"."webhook_endpoints" USING btree ("organization_id") WHERE status = 'active';--> statement-breakpoint
CREATE INDEX "webhook_secrets_of_endpoint" ON "billhook"."webhook_secrets" USING btree ("endpoint_id","id");--> statement-breakpoint
ALTER TABLE "billhook"."deliveries" ADD CONSTRAINT "deliveries_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "billhook"."webhook_endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "deliveries_due_at_endpoint" ON "billhook"."deliveries" USING btree ("endpoint_id","due_at") WHERE status = 'pending' and endpoint_id is not null;--> statement-breakpoint
CREATE INDEX "deliveries_of_endpoint" ON "billhook"."deliveries" USING btree ("endpoint_id","id") WHERE endpoint_id is not null;--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "billhook"."deliveries" USING btree ("due_at") WHERE status = 'pending' and endpoint_id is null;