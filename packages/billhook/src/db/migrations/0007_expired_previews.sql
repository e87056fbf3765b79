-- Written by hand: the worker that forgets expired previews sees when they expire, and nothing else of them.
CREATE POLICY platform_finds_expired ON billhook.change_previews FOR SELECT TO billhook_platform USING (true);
--> statement-breakpoint
CREATE POLICY platform_purges ON billhook.change_previews FOR DELETE TO billhook_platform USING (true);
--> statement-breakpoint
GRANT SELECT (id, expires_at), DELETE ON billhook.change_previews TO billhook_platform;
