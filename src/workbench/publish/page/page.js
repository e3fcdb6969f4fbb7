"use strict";
// Click or Enter on a column's head: ascending, descending, then the order of the report again.
// Tables of more than ten rows have a search box: rows stay that hold every word typed, whatever its accents.
(() => {
  const lang = document.documentElement.lang;
  const { search: searchLabel, found: foundText } = document.body.dataset;
  const scales = { k: 1e3, m: 1e6, bn: 1e9 };
  const value = (cell) => {
    const text = (cell ? cell.dataset.sort || cell.textContent : "").trim();
    const dotted = lang === "fr" && !cell.dataset.sort ? text.replace(",", ".") : text;
    const plain = dotted.replace(/\u2212/g, "-").replace(/[\s\u00a0\u202f,€$£%]/g, "");
    const number = /^([-+]?\d*\.?\d+)(k|m|bn)?$/i.exec(plain);
    if (number) return Number(number[1]) * (number[2] ? scales[number[2].toLowerCase()] : 1);
    return /^[-–—]?$/.test(plain) ? null : text.toLocaleLowerCase(lang);
  };
  const compared = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), lang));
  const sort = (table, place, direction) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((a, b) => a.dataset.place - b.dataset.place);
    const free = rows.filter((row) => !row.classList.contains("total"));
    if (direction !== "none") {
      const sign = direction === "ascending" ? 1 : -1;
      const keyed = free.map((row) => [value(row.cells[place]), row]);
      keyed.sort(([a], [b]) => (a === null || b === null ? (a === null) - (b === null) : sign * compared(a, b)));
      body.append(...keyed.map(([, row]) => row), ...rows.filter((row) => row.classList.contains("total")));
    } else {
      body.append(...rows);
    }
  };
  const next = { none: "ascending", ascending: "descending", descending: "none" };
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase(lang);
  const searchable = (table, number) => {
    const rows = [...table.tBodies[0].rows].filter((row) => !row.classList.contains("total"));
    const input = Object.assign(document.createElement("input"), { type: "search", id: `search-${number}` });
    const label = Object.assign(document.createElement("label"), { htmlFor: input.id, textContent: searchLabel });
    const told = document.createElement("p");
    told.setAttribute("role", "status");
    const box = document.createElement("div");
    box.className = "search";
    box.append(label, input, told);
    table.before(box);
    input.addEventListener("input", () => {
      const words = folded(input.value).split(/\s+/).filter(Boolean);
      let n = 0;
      for (const row of rows) {
        const text = folded([...row.cells].map((cell) => cell.textContent).join(" "));
        row.hidden = !words.every((word) => text.includes(word));
        n += !row.hidden;
      }
      told.textContent = words.length ? foundText.replace("{n}", n).replace("{all}", rows.length) : "";
    });
  };
  let number = 0;
  for (const table of document.querySelectorAll("table.sheet")) {
    if (!table.tHead || !table.tBodies.length || table.tBodies[0].rows.length < 3) continue;
    if (table.tBodies[0].rows.length > 10) searchable(table, ++number);
    [...table.tBodies[0].rows].forEach((row, place) => { row.dataset.place = place; });
    const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
    heads.forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const direction = next[head.getAttribute("aria-sort")];
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", direction);
        sort(table, place, direction);
      });
    });
  }
  for (const frame of document.querySelectorAll(".output")) {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
  }
})();
