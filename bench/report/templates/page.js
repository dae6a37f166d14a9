// What a page does by itself: its theme, tables that sort, lists that narrow, folds, and what printing opens.
// Everything that it offers is made here, so that a page without scripts has no control that does nothing.
"use strict";
(() => {
  const THEMES = ["system", "light", "dark"];
  const THEME = "ormbench-theme";
  const SORTABLE = 3; // rows
  const FILTERABLE = 16; // rows or claims
  const SCALES = { ns: 1e-9, "µs": 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, "%": 0.01, KB: 1e3, MB: 1e6, GB: 1e9 };
  const UNITS = [...Object.keys(SCALES), "x", "/s", "users?"].join("|");
  // `1.42x (1.38-1.46)`, `0.44-0.52x`, `1,234`, `980 µs`, `3 (0.2 %)`, `5, 1 left out`; no date, no version, no name.
  const NUMBER = new RegExp(`^[[(<>≤≥±]*\\s*(-?[\\d,]*\\.?\\d+(?:e[-+]?\\d+)?)(?:[-–][\\d,.]+)?\\s*(${UNITS})?(?=$|[\\s(),;\\]])`);
  const MISSING = /^(n\/a|–|-)?$/i;
  const WORDS = new Intl.Collator("en", { numeric: true });

  function element(name, properties, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  // Theme. A page that was opened as a file may have no storage.

  function keptTheme() {
    try {
      const theme = sessionStorage.getItem(THEME);
      return THEMES.includes(theme) ? theme : THEMES[0];
    } catch {
      return THEMES[0];
    }
  }

  function keepTheme(theme) {
    try {
      sessionStorage.setItem(THEME, theme);
    } catch {
      // The theme then ends with the page.
    }
  }

  function showTheme(theme) {
    document.documentElement.dataset.theme = theme;
  }

  function themeSwitch() {
    const select = element("select", {}, ...THEMES.map((theme) => element("option", { value: theme }, theme)));
    select.value = keptTheme();
    select.addEventListener("change", () => {
      showTheme(select.value);
      keepTheme(select.value);
    });
    return element("label", {}, "Theme ", select);
  }

  // Tables.

  function numberIn(text) {
    const [, digits, unit] = NUMBER.exec(text) ?? [];
    return digits === undefined ? null : Number(digits.replaceAll(",", "")) * (SCALES[unit] ?? 1);
  }

  // The keys of a column: numbers where most of its cells are such, else words; null for what is missing.
  function keysOf(rows, place) {
    const texts = rows.map((row) => row.cells[place].textContent.trim());
    const numbers = texts.map(numberIn);
    const told = texts.filter((text) => !MISSING.test(text)).length;
    const counted = numbers.filter((number) => number !== null).length;
    return 2 * counted > told ? numbers : texts.map((text) => (MISSING.test(text) ? null : text));
  }

  // What is missing stays last both ways, and equal rows stay in their first order.
  function inOrder(rows, place, sign) {
    const keys = keysOf(rows, place);
    const compare = (one, two) => (typeof one === "number" ? one - two : WORDS.compare(one, two));
    const order = rows.map((_, index) => index).sort((one, two) => {
      const [first, second] = [keys[one], keys[two]];
      if (first === null || second === null) return (first === null) - (second === null);
      return sign * compare(first, second);
    });
    return order.map((index) => rows[index]);
  }

  function makeSortable(table, rows) {
    const heads = [...table.tHead.rows[0].cells];
    const sortBy = (head, place) => {
      const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      const way = next === undefined ? "ascending" : next;
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      if (way) head.setAttribute("aria-sort", way);
      table.classList.toggle("sorted", way !== null);
      table.tBodies[0].append(...(way ? inOrder(rows, place, way === "ascending" ? 1 : -1) : rows));
    };
    heads.forEach((head, place) => {
      const button = element("button", { type: "button", className: "sort" }, ...head.childNodes);
      button.addEventListener("click", () => sortBy(head, place));
      head.append(button);
    });
  }

  // The items of a box, rows or claims, are narrowed to those that hold every word.
  function makeFilterable(box, noun, items) {
    const input = element("input", { type: "search", autocomplete: "off", spellcheck: false });
    const label = element("label", {}, `Filter ${noun} `, input);
    const said = element("output", {}, `${items.length} ${noun}`);
    const filter = element("div", { className: "filter" }, label, said);
    const name = box.getAttribute("aria-label") ?? document.getElementById(box.getAttribute("aria-labelledby"))?.textContent;
    if (name) input.setAttribute("aria-label", `Filter ${noun}: ${name}`);
    const texts = items.map((item) => item.textContent.toLowerCase());
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      items.forEach((item, index) => {
        item.hidden = !words.every((word) => texts[index].includes(word));
      });
      const shown = items.filter((item) => !item.hidden).length;
      [filter, box].forEach((each) => each.classList.toggle("narrowed", words.length > 0));
      said.textContent = words.length ? `${shown} of ${items.length} ${noun}` : `${items.length} ${noun}`;
    });
    box.before(filter);
  }

  function makeLists() {
    for (const box of document.querySelectorAll(".scroll:has(> table)")) {
      const table = box.querySelector("table");
      const rows = [...table.tBodies[0].rows];
      if (rows.length >= SORTABLE) makeSortable(table, rows);
      if (rows.length >= FILTERABLE) makeFilterable(box, "rows", rows);
    }
    for (const box of document.querySelectorAll("[data-filter]")) {
      const items = [...box.children];
      if (items.length >= FILTERABLE) makeFilterable(box, box.dataset.filter, items);
    }
  }

  // Folds.

  function foldButtons() {
    const folds = [...document.querySelectorAll("details")];
    const button = (text, open) => {
      const made = element("button", { type: "button" }, text);
      made.addEventListener("click", () => folds.forEach((fold) => { fold.open = open; }));
      return made;
    };
    return folds.length ? [button("Open all folds", true), button("Close all folds", false)] : [];
  }

  function openTo(target) {
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }

  function followFragment() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    openTo(target);
    target.scrollIntoView();
  }

  function printWhatMatters() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details[data-print]:not([open])")];
      opened.forEach((fold) => { fold.open = true; });
    });
    addEventListener("afterprint", () => {
      opened.forEach((fold) => { fold.open = false; });
      opened = [];
    });
  }

  showTheme(keptTheme());
  addEventListener("DOMContentLoaded", () => {
    document.querySelector("header").prepend(element("div", { className: "tools" }, ...foldButtons(), themeSwitch()));
    makeLists();
    followFragment();
    printWhatMatters();
  });
  addEventListener("hashchange", followFragment);
})();
