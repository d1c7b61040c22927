// SPDX-License-Identifier: Apache-2.0
// What a report's page has of its own: it takes nothing from anywhere.
#pragma once

#include <string_view>

namespace athena::sim {

inline constexpr std::string_view kReportStyle = R"css(
:root { --paper: #ffffff; --ink: #1c2126; --faint: #5b6570; --rule: #d4d9de; --stripe: #f4f6f8;
  --tile: #0b63b0; --dma: #a85a00; --vector: #00785a; --hbm: #a85a00; --compute: #0b63b0; --link: #9a3b7d; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --ink: #e6e9ec; --faint: #a3adb7; --rule: #3a424a; --stripe: #1c2228;
    --tile: #6cb6ff; --dma: #f0a34a; --vector: #45c9a0; --hbm: #f0a34a; --compute: #6cb6ff; --link: #e29aca; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 16px 24px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 32px 0 6px; } h3 { font-size: 13px; margin: 10px 0 2px; }
p { margin: 4px 0 8px; max-width: 100ch; color: var(--faint); }
dl { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 12px 0; } dt { color: var(--faint); font-size: 13px; }
dd { margin: 0; font-size: 20px; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; display: block; } svg text { fill: var(--ink); font-size: 12px; }
.tick { fill: var(--faint); } .middle { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: var(--rule); } .roof { fill: none; stroke: var(--ink); stroke-width: 2; }
.mark { fill-opacity: .55; stroke: var(--ink); stroke-width: .75; }
.mark.compute { fill: var(--compute); } .mark.hbm { fill: var(--hbm); } .mark.link { fill: var(--link); }
.mark.vector { fill: var(--vector); } svg text.name { paint-order: stroke; stroke: var(--paper); stroke-width: 3px; }
.line { fill: none; stroke-width: 1.75; } .line.tile { stroke: var(--tile); } .line.dma { stroke: var(--dma); stroke-dasharray: 6 2; }
.line.vector { stroke: var(--vector); stroke-dasharray: 2 2; }
path.tile:not(.line) { fill: var(--tile); } path.dma:not(.line) { fill: var(--dma); } path.vector:not(.line) { fill: var(--vector); }
.level0 { fill-opacity: .05; } .level1 { fill-opacity: .16; } .level2 { fill-opacity: .28; } .level3 { fill-opacity: .4; }
.level4 { fill-opacity: .52; } .level5 { fill-opacity: .64; } .level6 { fill-opacity: .76; } .level7 { fill-opacity: .88; }
line.link { stroke: var(--link); stroke-width: 7; } .node { fill: var(--paper); stroke: var(--ink); } .load { fill: var(--tile); }
.legend span { margin-right: 20px; color: var(--ink); } .legend i { display: inline-block; width: 14px; height: 10px; margin-right: 6px; }
i.compute, i.tile { background: var(--tile); } i.hbm, i.dma { background: var(--dma); } i.link { background: var(--link); }
i.vector { background: var(--vector); }
.scroll { overflow: auto; max-height: 640px; border: 1px solid var(--rule); } .scroll:focus-visible { outline: 2px solid var(--tile); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 3px 8px; text-align: right; white-space: nowrap; } th[scope=row], th.text, td.text { text-align: left; font-weight: normal; }
thead th { position: sticky; top: 0; background: var(--stripe); border-bottom: 1px solid var(--rule); }
tbody tr:nth-child(even) { background: var(--stripe); } tfoot th, tfoot td { border-top: 2px solid var(--rule); font-weight: 600; }
button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 2px; cursor: pointer; }
button:focus-visible { outline: 2px solid var(--tile); }
th[aria-sort=ascending] button::after { content: " \25B2"; } th[aria-sort=descending] button::after { content: " \25BC"; }
)css";

// Each head of a column sorts the table by it, large numbers first, then the other way.
inline constexpr std::string_view kReportScript = R"js(
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const body = table.tBodies[0];
    const descending = head.getAttribute("aria-sort") !== "descending" && head.dataset.kind !== "text"
      || head.getAttribute("aria-sort") === "ascending";
    for (const other of heads) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const value = row => {
      const cell = row.cells[column];
      return head.dataset.kind === "text" ? cell.textContent : Number(cell.dataset.value);
    };
    const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
    const rows = [...body.rows].sort((a, b) => order(value(a), value(b)) * (descending ? -1 : 1));
    body.append(...rows);
  }));
}
)js";

}  // namespace athena::sim
