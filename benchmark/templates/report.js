// Sorting, filtering and tabs; without this script everything is shown, in the order of the methods.
"use strict";
document.documentElement.classList.add("js");

function key(row, column) {
  const cell = row.cells[column];
  const text = cell.dataset.v ?? cell.textContent.trim();
  const value = Number(text);
  return text === "" || text === "-" || text === "failed" ? null : Number.isNaN(value) ? text : value;
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b));
}

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const rows = [...body.rows];
    const numeric = rows.some((row) => typeof key(row, column) === "number");
    const now = head.getAttribute("aria-sort");
    // Numbers start with the largest, except in the first column, which holds the methods in their order.
    const down = now ? now === "ascending" : numeric && column > 0;
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    rows.sort((one, other) => {
      const [a, b] = [key(one, column), key(other, column)];
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compare(b, a) : compare(a, b);
    });
    body.append(...rows);
  }));
}

for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = [...document.getElementById(field.dataset.filter).tBodies[0].rows];
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  });
}

for (const groups of document.querySelectorAll(".groups")) {
  const parts = [...groups.querySelectorAll(":scope > .group")];
  if (parts.length < 2) continue;
  const bar = document.createElement("div");
  bar.className = "tabs screen";
  bar.setAttribute("role", "tablist");
  const tabs = parts.map((part, number) => {
    const tab = document.createElement("button");
    part.id = `${groups.id}-${number}`;
    part.setAttribute("role", "tabpanel");
    tab.type = "button";
    tab.textContent = part.dataset.tab;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", part.id);
    tab.addEventListener("click", () => show(number));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = (number + step + parts.length) % parts.length;
      show(next);
      tabs[next].focus();
    });
    bar.append(tab);
    return tab;
  });
  function show(chosen) {
    parts.forEach((part, number) => {
      part.classList.toggle("away", number !== chosen);
      tabs[number].setAttribute("aria-selected", String(number === chosen));
      tabs[number].tabIndex = number === chosen ? 0 : -1;
    });
  }
  groups.prepend(bar);
  show(0);
}
