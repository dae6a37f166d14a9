// Fills the tab "Sync vs async" of Locust's web UI: a table of pairs, and a chart of the pair that is chosen.
"use strict";

(() => {
  const KEY = "sync-vs-async";
  const POLL_MS = 2000;
  const NOTE =
    "Here both sides run at once, on the same machine and the same database, and disturb each other: a picture, " +
    "no result. “ormbench load” lets them take turns. The ratios are those of the second side to the first, " +
    "paired over slices of time, with a 95 % interval so far; below 1 the second side is the faster one. " +
    "Response time counts from the moment at which a user meant to send, service time from the send; users of a " +
    "file of your own have no such plan, and for them both are the same. A dash: too few requests to tell.";

  const place = document.createElement("section");
  place.id = "ormbench";
  place.hidden = true;
  place.setAttribute("aria-label", "Sync vs async");
  let chosen = null;
  let last = null;

  const element = (name, attributes = {}, ...children) => {
    const svg = ["svg", "path", "line", "text", "g"].includes(name);
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const figure = (value, digits = 3) => {
    if (value === null || value === undefined) return "–";
    return value >= 100 ? value.toFixed(0) : value === 0 ? "0" : value.toPrecision(digits);
  };
  const keyOf = (row) => `${row.pair} ${row.endpoint}`;

  const head = () => {
    const names = ["p50", "p95", "p99"];
    const group = (text) => element("th", { colspan: 3, scope: "colgroup" }, text);
    const above = element("tr", {}, element("th", { colspan: 4 }), group("Service, ms"), group("Response, ms"));
    above.append(element("th", { colspan: 2, scope: "colgroup" }, "Ratio (interval so far)"));
    const below = element("tr", {});
    for (const text of ["Pair", "Side"]) below.append(element("th", { class: "text", scope: "col" }, text));
    for (const text of ["Requests/s", "Errors", ...names, ...names, "Service p50", "Throughput"])
      below.append(element("th", { scope: "col" }, text));
    return element("thead", {}, above, below);
  };

  const ratioCell = (ratio) => {
    const cell = element("td", { rowspan: 2 });
    if (!ratio) return cell.append("…"), cell;
    const interval = ` (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`;
    cell.append(ratio.estimate.toFixed(2), element("span", { class: "interval" }, interval));
    return cell;
  };

  const body = (row) => {
    const whole = row.endpoint === "all";
    const made = element("tbody", { class: [whole ? "whole" : "", keyOf(row) === chosen ? "chosen" : ""].join(" ") });
    const button = element("button", { class: "row", type: "button" }, whole ? row.pair : row.endpoint);
    made.addEventListener("click", () => {
      chosen = keyOf(row);
      draw();
    });
    row.sides.forEach((side, index) => {
      const line = element("tr", {});
      if (index === 0) line.append(element("td", { class: `text${whole ? "" : " endpoint"}`, rowspan: 2 }, button));
      line.append(element("td", { class: `text ${index ? "second" : "first"}` }, side.name));
      line.append(element("td", {}, figure(side.per_s)), element("td", {}, String(side.errors)));
      for (const kind of ["service", "response"])
        for (const percent of ["p50", "p95", "p99"]) line.append(element("td", {}, figure(side[kind][percent])));
      if (index === 0) line.append(ratioCell(row.service_ratio), ratioCell(row.rate_ratio));
      made.append(line);
    });
    return made;
  };

  const niceCeiling = (value) => {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= value);
  };

  const chart = (row, slice) => {
    const [width, height, left, right, top, bottom] = [1000, 240, 48, 90, 12, 28];
    const sides = row.sides.map((side) => [side.name, side.points]);
    const values = sides.flatMap(([, points]) => points.map((point) => point[1])).filter((each) => each !== null);
    if (values.length === 0) return element("p", { class: "note" }, "The first slices are under way.");
    const count = Math.max(...sides.map(([, points]) => points.length), 2);
    const most = niceCeiling(Math.max(...values));
    const x = (index) => left + ((width - left - right) * index) / (count - 1);
    const y = (value) => height - bottom - ((height - top - bottom) * value) / most;
    const made = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
    made.setAttribute("aria-label", `Median service time of ${row.pair} over time, in ms, one line for each side`);
    for (const share of [0, 0.5, 1]) {
      const at = y(most * share);
      made.append(element("line", { class: "grid", x1: left, x2: width - right, y1: at, y2: at }));
      made.append(element("text", { x: left - 8, y: at + 4, "text-anchor": "end" }, figure(most * share)));
    }
    const ago = `${((count - 1) * slice) | 0} s ago`;
    made.append(element("text", { x: left, y: height - 8 }, ago));
    made.append(element("text", { x: width - right, y: height - 8, "text-anchor": "end" }, "now"));
    const ends = [];
    sides.forEach(([name, points], index) => {
      const side = index ? "second" : "first";
      let [path, pen, end] = ["", "M", null];
      points.forEach((point, at) => {
        if (point[1] === null) return void (pen = "M");
        end = [x(at + count - points.length), y(point[1])];
        path += `${pen}${end[0].toFixed(1)} ${end[1].toFixed(1)}`;
        pen = "L";
      });
      made.append(element("path", { class: `line ${side}`, d: path }));
      if (end) ends.push({ name, side, y: end[1] });
    });
    ends.sort((a, b) => a.y - b.y);
    if (ends.length === 2 && ends[1].y - ends[0].y < 15) ends[1].y = ends[0].y + 15;
    for (const end of ends)
      made.append(element("text", { class: end.side, x: width - right + 8, y: end.y + 4 }, end.name));
    return made;
  };

  const draw = () => {
    if (!last) return;
    const focused = document.activeElement?.closest?.("#ormbench tbody");
    const index = focused ? [...focused.parentNode.tBodies].indexOf(focused) : -1;
    const children = [element("p", { class: "note" }, NOTE)];
    if (last.rows.length === 0) {
      children.push(element("p", {}, "No requests of a pair yet: start both sides, as SyncShopper and AsyncShopper."));
    } else {
      const row = last.rows.find((each) => keyOf(each) === chosen) || last.rows[0];
      chosen = keyOf(row);
      const table = element("table", {}, head(), ...last.rows.map(body));
      children.push(element("div", { class: "scroll" }, table));
      const title = row.endpoint === "all" ? row.pair : `${row.pair}: ${row.endpoint}`;
      children.push(element("h2", {}, `${title}, median service time in ms, in slices of ${last.slice_s} s`));
      children.push(chart(row, last.slice_s));
    }
    place.replaceChildren(...children);
    if (index >= 0) place.querySelectorAll("tbody button")[index]?.focus();
  };

  const ask = async () => {
    if (place.hidden) return;
    try {
      const answer = await fetch("./ormbench/pairs.json");
      if (!answer.ok) return;
      last = await answer.json();
      draw();
    } catch {
      // The server is gone or busy: what is shown stays, and the next time may go better.
    }
  };

  // Locust's page keeps the open tab in its address and tells nobody when it changes.
  const look = () => {
    const open = new URLSearchParams(location.search).get("tab") === KEY;
    const [red, green, blue] = (getComputedStyle(document.body).backgroundColor.match(/\d+/g) || [255, 255, 255]).map(Number);
    place.classList.toggle("dark", red + green + blue < 384);
    // Below the tabs. The page is React's, which leaves alone what it has not made, and takes it along when it goes.
    const home = document.querySelector("[role=tablist]")?.closest(".MuiContainer-root") || document.body;
    if (place.parentNode !== home) home.append(place);
    if (open !== place.hidden) return;
    place.hidden = !open;
    ask();
  };

  setInterval(look, 200);
  setInterval(ask, POLL_MS);
})();
