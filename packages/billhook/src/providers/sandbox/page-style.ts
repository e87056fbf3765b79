/** The one style sheet of the hosted pages; its hash is in their security policy. Contrast is AA in both schemes. */
export const style = `
:root {
  color-scheme: light dark;
  --back: light-dark(#f4f5f8, #0e1116);
  --card: light-dark(#ffffff, #171b23);
  --text: light-dark(#171a21, #eef1f6);
  --soft: light-dark(#5a6272, #a3adbd);
  --line: light-dark(#d9dde5, #2e3542);
  --field: light-dark(#808999, #6b7586);
  --accent: light-dark(#3b42c4, #98a0ff);
  --on-accent: light-dark(#ffffff, #11132e);
  --tint: light-dark(#eeeffc, #20244a);
  --bad: light-dark(#a3161f, #ff9d9d);
  --bad-tint: light-dark(#fdecec, #3a1a1e);
  --mark: light-dark(#7a4a00, #ffd591);
  --mark-tint: light-dark(#fff3d6, #35290f);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; background: var(--back); color: var(--text);
  font: 16px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
.banner { margin: 0; padding: 8px 16px; text-align: center; font-size: 14px; background: var(--mark-tint); color: var(--mark); }
main {
  width: min(480px, calc(100% - 32px)); margin: clamp(16px, 6vh, 64px) auto; padding: clamp(20px, 5vw, 36px);
  background: var(--card); border: 1px solid var(--line); border-radius: 16px; box-shadow: 0 12px 32px rgb(0 0 0 / 0.07);
}
h1 { margin: 0 0 4px; font-size: 24px; line-height: 1.25; letter-spacing: -0.01em; overflow-wrap: anywhere; }
p { margin: 0 0 16px; overflow-wrap: anywhere; }
.soft { color: var(--soft); }
.small { font-size: 14px; }
.amount { margin: 16px 0 0; font-size: 36px; line-height: 1.1; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
dl { margin: 20px 0 24px; border-top: 1px solid var(--line); }
dl div { display: flex; justify-content: space-between; gap: 16px; padding: 10px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
fieldset { margin: 0 0 20px; padding: 0; border: 0; }
legend, .label { display: block; margin: 0 0 8px; padding: 0; font-weight: 600; }
.choice {
  display: flex; align-items: center; gap: 12px; min-height: 52px; padding: 8px 14px; margin-bottom: 8px;
  border: 1px solid var(--line); border-radius: 10px; cursor: pointer;
}
.choice:has(:checked) { border-color: var(--accent); background: var(--tint); }
.choice input { width: 18px; height: 18px; margin: 0; accent-color: var(--accent); }
.choice span { display: block; }
.number { font: 14px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: var(--soft); }
input[name="card"] {
  width: 100%; min-height: 48px; padding: 10px 14px; border: 1px solid var(--field); border-radius: 10px;
  background: transparent; color: inherit; font: 16px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
.error { margin: 20px 0; padding: 12px 14px; border-left: 4px solid var(--bad); border-radius: 6px; background: var(--bad-tint); color: var(--bad); }
button, .button {
  display: block; width: 100%; min-height: 48px; padding: 10px 16px; margin-top: 10px; border: 1px solid transparent; border-radius: 10px;
  font: inherit; font-weight: 600; text-align: center; text-decoration: none; cursor: pointer; background: var(--accent); color: var(--on-accent);
}
button:hover, .button:hover { filter: brightness(1.08); }
button.plain { background: transparent; color: inherit; border-color: var(--line); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (prefers-reduced-motion: no-preference) { button, .choice { transition: background-color 120ms, border-color 120ms; } }
`
