"""The look of the org's pages: one style sheet, nothing from outside."""

SHEET = """
:root {
  --ink: #181818; --soft: #5c5c5c; --line: #e5e5e5; --paper: #fff; --blue: #0176d3;
  --deep: #032d60; --ground: #f3f5f8; --lead: #ff5d2d; --contact: #9602c7; --task: #3ba755;
  --radius: 12px; --shadow: 0 1px 2px rgba(3, 45, 96, .12), 0 1px 6px rgba(3, 45, 96, .05);
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.5 "Salesforce Sans", -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    "Noto Sans", "DejaVu Sans", Arial, sans-serif;
}
a { color: var(--blue); text-decoration: none; overflow-wrap: anywhere; }
a:hover, a:focus-visible { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; border-radius: 4px; }
.bar { background: linear-gradient(180deg, #063a7a, var(--deep)); color: #fff; }
.bar > div {
  max-width: 1240px; margin: auto; padding: 10px 24px; display: flex; gap: 26px;
  align-items: center; flex-wrap: wrap;
}
.bar a { color: #fff; opacity: .85; padding: 4px 0; }
.bar a[aria-current] { opacity: 1; font-weight: 600; box-shadow: 0 2px 0 #7cc4ff; }
.bar .org {
  opacity: 1; font-weight: 700; font-size: 16px; display: flex; gap: 10px; align-items: center;
}
.bar .note { margin-inline-start: auto; font-size: 12px; opacity: .75; }
main { max-width: 1240px; margin: 20px auto 56px; padding: 0 24px; }
.card {
  background: var(--paper); border: 1px solid var(--line); border-radius: var(--radius);
  box-shadow: var(--shadow); margin-bottom: 18px; overflow: hidden;
}
.card > header {
  display: flex; align-items: center; gap: 12px; padding: 14px 18px;
  border-bottom: 1px solid var(--line); background: #fafbfc;
}
.card h2 { margin: 0; font-size: 16px; line-height: 1.3; }
.card header small { color: var(--soft); font-size: 12px; }
.icon {
  width: 34px; height: 34px; border-radius: 8px; flex: none; display: grid;
  place-items: center;
}
.icon.small { width: 26px; height: 26px; border-radius: 50%; }
.icon svg { width: 62%; height: 62%; fill: #fff; display: block; }
.icon.lead { background: var(--lead); } .icon.contact { background: var(--contact); }
.icon.task { background: var(--task); } .icon.cloud { background: var(--blue); }
table { width: 100%; border-collapse: collapse; }
th {
  text-align: start; font-size: 12px; font-weight: 600; color: var(--soft); padding: 9px 18px;
  background: #fff; border-bottom: 1px solid var(--line); white-space: nowrap;
}
td { padding: 10px 18px; border-bottom: 1px solid #f0f1f3; vertical-align: middle; }
tr:last-child td { border-bottom: 0; }
tbody tr:hover { background: #f4f9ff; }
td.name { font-weight: 600; }
.number { text-align: end; font-variant-numeric: tabular-nums; }
.quiet { color: var(--soft); }
.badge {
  display: inline-block; padding: 2px 10px; border-radius: 99px; font-size: 12px; font-weight: 600;
  background: #eaf5fe; color: #0b5394; white-space: nowrap;
}
.badge.closed { background: #ececec; color: #444; }
.badge.converted { background: #e3f5e8; color: #1d6b35; }
.badge.working { background: #fff3dc; color: #80510a; }
.more { display: block; text-align: center; padding: 11px; border-top: 1px solid var(--line); }
.empty { padding: 34px 18px; text-align: center; color: var(--soft); }
.top { padding: 18px 20px; display: flex; gap: 14px; align-items: center; flex-wrap: wrap; }
.top .icon { width: 44px; height: 44px; }
.top h1 { margin: 0; font-size: 22px; line-height: 1.2; overflow-wrap: anywhere; }
.top .kind { color: var(--soft); font-size: 13px; }
.top .badge { margin-inline-start: auto; }
.facts {
  display: flex; flex-wrap: wrap; gap: 10px 40px; padding: 12px 20px 16px;
  margin: 0; border-top: 1px solid var(--line); background: #fafbfc;
}
.facts dt, .fields dt { color: var(--soft); font-size: 12px; }
.facts dd, .fields dd { margin: 0; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 18px; }
.fields {
  margin: 0; padding: 14px 18px 18px; display: grid; gap: 12px 24px;
  grid-template-columns: repeat(2, minmax(0, 1fr));
}
.fields > div { border-bottom: 1px solid #eef0f2; padding-bottom: 6px; }
.fields .wide { grid-column: 1 / -1; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.month {
  margin: 0; padding: 8px 18px; background: #f3f3f3; font-size: 13px; font-weight: 600;
  display: flex; justify-content: space-between;
}
.month small { font-weight: 400; color: var(--soft); }
.timeline { list-style: none; margin: 0; padding: 6px 18px 12px; }
.timeline > li { display: flex; gap: 12px; padding-top: 12px; position: relative; }
.timeline > li::before {
  content: ""; position: absolute; inset-inline-start: 12px; top: 42px; bottom: -10px; width: 2px;
  background: #c8e6d0;
}
.timeline > li:last-child::before { bottom: 4px; }
.entry { flex: 1; min-width: 0; padding-bottom: 6px; }
.entry .head { display: flex; gap: 12px; align-items: baseline; }
.entry h3 { margin: 0; font-size: 14px; flex: 1; min-width: 0; overflow-wrap: anywhere; }
.entry time { color: var(--soft); font-size: 12px; white-space: nowrap; }
.entry .by { margin: 0 0 6px; color: var(--soft); font-size: 12px; }
.entry .text {
  background: #f6f8fa; border: 1px solid #e8ebef; border-radius: 8px; padding: 9px 12px;
}
.long { display: flex; flex-direction: column; }
.long details { order: 2; }
.long summary { cursor: pointer; color: var(--blue); padding: 6px 2px; font-size: 13px; }
.long details[open] ~ .preview { display: none; }
.long .preview { order: 1; }
.files { display: flex; flex-wrap: wrap; gap: 8px; margin: 8px 0 0; padding: 0; list-style: none; }
.files a {
  display: inline-flex; gap: 8px; align-items: center; padding: 5px 12px; background: #fff;
  border: 1px solid var(--line); border-radius: 99px; font-size: 13px;
}
.files svg { width: 14px; height: 14px; fill: var(--soft); flex: none; }
.in-card { padding: 12px 18px 16px; margin: 0; }
.card.narrow { max-width: 420px; margin: 40px auto; }
.sign-in { padding: 8px 24px 24px; }
.sign-in h1 { font-size: 20px; }
.sign-in form { display: flex; flex-wrap: wrap; gap: 12px; }
.sign-in label { flex: 1 1 100%; font-size: 12px; color: var(--soft); }
.sign-in input, .sign-in button {
  display: block; width: 100%; font: inherit; padding: 9px 12px; border-radius: 6px;
  border: 1px solid #747474;
}
.sign-in button {
  flex: 1 1 40%; background: var(--blue); border-color: var(--blue); color: #fff; cursor: pointer;
}
.sign-in button.second { background: #fff; color: var(--blue); border-color: #747474; }
.sign-in .quiet { flex: 1 1 100%; margin: 0; font-size: 12px; }
.wrong { color: #8e030f; }
@media (max-width: 860px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .hide-small { display: none; }
  .fields { grid-template-columns: minmax(0, 1fr); }
}
"""
