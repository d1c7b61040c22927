// SPDX-License-Identifier: Apache-2.0
// What the page of a suite has of its own: it takes nothing from anywhere.
#pragma once

#include <string_view>

namespace athena::regress {

inline constexpr std::string_view kPageStyle = R"css(
:root { --paper: #ffffff; --ink: #1c2126; --faint: #5b6570; --rule: #d4d9de; --stripe: #f4f6f8;
  --good: #00785a; --bad: #b3261e; --idle: #8a6100; --link: #0b63b0; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181c; --ink: #e6e9ec; --faint: #a3adb7; --rule: #3a424a; --stripe: #1c2228;
    --good: #45c9a0; --bad: #ff8a80; --idle: #f0b54a; --link: #6cb6ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1240px; padding: 16px 24px 48px; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 22px; margin: 0; } h3 { font-size: 13px; margin: 10px 0 2px; }
p { margin: 4px 0 8px; color: var(--faint); } a { color: var(--link); } .wave { font-weight: 600; }
dl { display: flex; gap: 8px 36px; margin: 10px 0; } dt { font-size: 13px; color: var(--faint); }
dd { margin: 0; font-size: 24px; font-weight: 600; font-variant-numeric: tabular-nums; }
dl .bad dd { color: var(--bad); } dl .good dd { color: var(--good); } dl .idle dd { color: var(--idle); }
input[type=search] { font: inherit; width: 420px; padding: 4px 8px; color: inherit; background: var(--paper);
  border: 1px solid var(--faint); border-radius: 4px; }
label { margin-right: 20px; } .keys { font-size: 13px; } kbd { border: 1px solid var(--rule); border-radius: 3px; padding: 0 4px; }
.run { border-bottom: 1px solid var(--rule); } .run[open] { background: var(--stripe); }
summary { display: grid; grid-template-columns: 84px minmax(180px, 300px) 1fr 110px 104px; gap: 12px; align-items: center;
  padding: 5px 6px; cursor: pointer; list-style: none; } summary::-webkit-details-marker { display: none; }
:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
.verdict { font-weight: 600; font-size: 13px; } .good .verdict { color: var(--good); } .bad .verdict { color: var(--bad); }
.idle .verdict { color: var(--idle); } .name { overflow-wrap: anywhere; } .name i { font-style: normal; font-size: 12px; color: var(--faint); }
.reason { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--faint); font-size: 13px; }
.run[open] .reason { white-space: normal; color: var(--ink); }
.seconds { text-align: right; font-variant-numeric: tabular-nums; font-size: 13px; }
rect.good { fill: var(--good); } rect.bad { fill: var(--bad); } rect.idle { fill: var(--idle); }
.details { padding: 2px 8px 12px 102px; } .files a { margin-right: 14px; }
pre { margin: 0; max-height: 320px; overflow: auto; padding: 8px; background: var(--paper); border: 1px solid var(--rule); font-size: 12.5px; }
code { overflow-wrap: anywhere; } [hidden] { display: none; }
)css";

inline constexpr std::string_view kPageScript = R"js(
const runs = [...document.querySelectorAll(".run")], search = document.getElementById("search"),
  bad = document.getElementById("bad"), shown = document.getElementById("shown");
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const run of runs) {
    const text = run.dataset.words.toLowerCase();
    run.hidden = bad.checked && !run.classList.contains("bad") || !words.every(word => text.includes(word));
    count += run.hidden ? 0 : 1;
  }
  shown.textContent = count === runs.length ? "" : count + " of " + runs.length;
}
search.addEventListener("input", filter);
bad.addEventListener("change", filter);
document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === search) {
    if (event.key === "Escape") { search.value = ""; filter(); search.blur(); }
    return;
  }
  const visible = runs.filter(run => !run.hidden).map(run => run.firstElementChild);
  const at = visible.indexOf(document.activeElement);
  if (event.key === "/") search.focus();
  else if (event.key === "f") { bad.checked = !bad.checked; filter(); }
  else if (event.key === "j") visible[Math.min(at + 1, visible.length - 1)]?.focus();
  else if (event.key === "k") visible[Math.max(at - 1, 0)]?.focus();
  else return;
  event.preventDefault();
});
)js";

}  // namespace athena::regress
