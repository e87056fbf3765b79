-- Written by hand: the workers that end held subscriptions and let offers expire see what is due and whose it is, and nothing else of it.
CREATE POLICY platform_finds_held ON billhook.bindings FOR SELECT TO billhook_platform USING (hold_ends_at IS NOT NULL);
--> statement-breakpoint
GRANT SELECT (id, organization_id, subscription_id, provider, hold_ends_at, hold_operation_id, hold_retry_at)
  ON billhook.bindings TO billhook_platform;
--> statement-breakpoint
CREATE POLICY platform_finds_offers ON billhook.subscription_changes FOR SELECT TO billhook_platform
  USING (status = 'open' AND expires_at IS NOT NULL);
--> statement-breakpoint
GRANT SELECT (id, organization_id, subscription_id, operation_id, status, expires_at) ON billhook.subscription_changes TO billhook_platform;
