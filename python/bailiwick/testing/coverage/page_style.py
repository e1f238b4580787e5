"""The style of the coverage page; it follows what the reader's system prefers, light or dark."""

STYLE = """
:root {
  color-scheme: light dark;
  --page: #ffffff; --ink: #1c2128; --soft: #59636e; --line: #d5dae0; --panel: #f6f8fa;
  --seen: #1a7f37; --seen-back: #dafbe1; --gap: #b3151f; --gap-back: #ffdcd9; --part: #7a4b00; --part-back: #fff1c2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f141a; --ink: #dbe2ea; --soft: #93a0ad; --line: #303943; --panel: #171d25;
    --seen: #56d364; --seen-back: #12301c; --gap: #ff8f86; --gap-back: #4a1517; --part: #f2c75c; --part-back: #3d2e08;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 110rem; padding: 1.5rem 2rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
p { margin: .25rem 0 1rem; color: var(--soft); max-width: 60rem; }
a { color: inherit; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 1rem 0 2rem; width: 100%; }
th, td { padding: .3rem .75rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; font-size: .85rem; }
th:first-child, td:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere; }
td { font-variant-numeric: tabular-nums; }
tr.all td { font-weight: 700; border-bottom: 0; }
.percent { display: inline-block; width: 4.25rem; }
.bar { display: inline-block; width: 7rem; height: .55rem; background: var(--gap-back); border-radius: 3px;
  overflow: hidden; vertical-align: middle; }
.bar i { display: block; height: 100%; background: var(--seen); }
.key span { display: inline-block; margin-right: 1.25rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 0 0 1rem; background: var(--panel); overflow: hidden; }
summary { padding: .6rem 1rem; cursor: pointer; overflow-wrap: anywhere; }
summary small { color: var(--soft); }
summary small::before { content: "\\00b7"; margin: 0 .5rem; }
.code { padding: .5rem 0; border-top: 1px solid var(--line); background: var(--page);
  font: 13px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.row { display: grid; grid-template-columns: 4rem minmax(0, 1fr) minmax(0, 24rem); border-left: 4px solid transparent; }
.row > code { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; padding: 0 1rem 0 calc(var(--in, 0) * 1ch + 2ch);
  text-indent: calc(var(--in, 0) * -1ch - 2ch); }
.row > .n { color: var(--soft); text-align: right; padding-right: 1rem; user-select: none; }
.row > .notes { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; color: var(--gap); padding-right: 1rem; }
.row.whole { border-left-color: var(--seen); }
.row.some { border-left-color: var(--part); }
.row.never { border-left-color: var(--gap); background: color-mix(in srgb, var(--gap-back) 45%, transparent); }
.row.ignored { border-left-color: var(--line); color: var(--soft); }
.row.ignored > .notes { color: var(--soft); }
mark { border-radius: 3px; padding: 0 1px; background: none; color: inherit; }
mark.seen { color: var(--seen); background: var(--seen-back); }
mark.gap { color: var(--gap); background: var(--gap-back); outline: 1px solid currentColor; }
mark.part { color: var(--part); background: var(--part-back); outline: 1px dashed currentColor; }
.row > .notes .about-part { color: var(--part); }
ul { color: var(--soft); }
@media (max-width: 60rem) {
  body { padding: 1rem; }
  .bar { display: none; }
  th, td { padding: .3rem .4rem; }
  th:first-child, td:first-child { min-width: 9rem; }
  .row { grid-template-columns: 3rem minmax(0, 1fr); }
  .row > .notes { grid-column: 2; }
  .row > .notes:empty { display: none; }
}
"""
