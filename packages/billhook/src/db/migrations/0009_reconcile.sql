CREATE TABLE "billhook"."reconcile_differences" (
	"id" text PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"organization_id" text,
	"kind" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text NOT NULL,
	"field" text NOT NULL,
	"ours" text NOT NULL,
	"theirs" text NOT NULL,
	"severity" text NOT NULL,
	"resolution" text NOT NULL,
	"reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "reconcile_differences_once" UNIQUE("run_id","object","external_id","kind","field"),
	CONSTRAINT "reconcile_differences_kind" CHECK (kind in ('differs', 'missing_here', 'unknown_at_provider', 'orphan', 'billed_twice', 'unreadable')),
	CONSTRAINT "reconcile_differences_object" CHECK (object in ('subscription', 'invoice')),
	CONSTRAINT "reconcile_differences_severity" CHECK (severity in ('info', 'warning', 'critical')),
	CONSTRAINT "reconcile_differences_resolution" CHECK (resolution in ('repaired', 'would_repair', 'person'))
);
--> statement-breakpoint
CREATE TABLE "billhook"."reconcile_runs" (
	"id" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"organization_id" text,
	"dry_run" boolean NOT NULL,
	"actor" text NOT NULL,
	"status" text NOT NULL,
	"phase" text NOT NULL,
	"cursor" text,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"error_code" text,
	"error_detail" text,
	"due_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"started_at" timestamp (3) with time zone,
	"finished_at" timestamp (3) with time zone,
	CONSTRAINT "reconcile_runs_status" CHECK (status in ('waiting', 'running', 'completed', 'failed')),
	CONSTRAINT "reconcile_runs_phase" CHECK (phase in ('subscriptions', 'unseen_subscriptions', 'invoices', 'unseen_invoices')),
	CONSTRAINT "reconcile_runs_finished" CHECK ((status in ('completed', 'failed')) = (finished_at is not null)),
	CONSTRAINT "reconcile_runs_failed_says_why" CHECK (status <> 'failed' or error_code is not null)
);
--> statement-breakpoint
CREATE TABLE "billhook"."reconcile_seen" (
	"run_id" text NOT NULL,
	"object" text NOT NULL,
	"external_id" text NOT NULL,
	CONSTRAINT "reconcile_seen_once" PRIMARY KEY("run_id","object","external_id")
);
--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_differences" ADD CONSTRAINT "reconcile_differences_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_differences" ADD CONSTRAINT "reconcile_differences_run" FOREIGN KEY ("run_id") REFERENCES "billhook"."reconcile_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_runs" ADD CONSTRAINT "reconcile_runs_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "billhook"."organizations"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "billhook"."reconcile_seen" ADD CONSTRAINT "reconcile_seen_run" FOREIGN KEY ("run_id") REFERENCES "billhook"."reconcile_runs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reconcile_differences_in_order" ON "billhook"."reconcile_differences" USING btree ("run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "reconcile_runs_one_open" ON "billhook"."reconcile_runs" USING btree ("provider",coalesce(organization_id, ''),"dry_run") WHERE status in ('waiting', 'running');--> statement-breakpoint
CREATE INDEX "reconcile_runs_due" ON "billhook"."reconcile_runs" USING btree ("due_at") WHERE status in ('waiting', 'running');--> statement-breakpoint
CREATE INDEX "reconcile_runs_by_time" ON "billhook"."reconcile_runs" USING btree ("created_at");