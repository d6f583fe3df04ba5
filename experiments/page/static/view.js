// What the page shows, from plain data: numbers, pictures with their tables, limits. Needs no server.

export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...inside) {
  const { data, ...plain } = properties;
  const made = Object.assign(document.createElement(tag), plain);
  for (const [name, value] of Object.entries(data ?? {})) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

const parts = new Map(); // the latest of each part
const figures = new Map(); // where each is shown
let mode = "trend";

export function view() {
  const words = { trend: "Levels", difference: "Differences, B - A" };
  const choice = el("fieldset", { className: "choice" }, el("legend", { className: "unseen", textContent: "Shown over time" }));
  for (const [value, text] of Object.entries(words)) {
    const input = el("input", { type: "radio", name: "mode", value, checked: value === mode });
    input.addEventListener("change", () => { mode = value; drawTrends(); });
    choice.append(el("label", {}, input, text));
  }
  $("mode").append(choice);
}

export function clear() {
  parts.clear();
  answered.clear();
  $("answers").replaceChildren();
}

export function show(news) {
  if (news.numbers) showNumbers(news.numbers);
  if (news.apart) list($("apart"), [...news.apart, ...(news.notes ?? [])]);
  if (news.answers) answer(news.answers);
  if (news.limits) list($("limits"), news.limits);
  if (news.digest) repeat(news);
  if (news.parts && Object.keys(news.parts).some((name) => name.startsWith("map:"))) {
    for (const name of asked) parts.delete(name);
    asked.clear();
  }
  for (const [name, part] of Object.entries(news.parts ?? {})) {
    parts.set(name, part);
    const where = PLACES[name.split(":")[0]];
    if (where) figure($(where), name, name);
    if (name === "life") answer([part.answer]);
  }
  if (news.parts) { drawTrends(); drawMap(); }
}

const PLACES = { flows: "money", years: "years", members: "gains", gains: "gains", gaps: "gaps", life: "life" };
const answered = new Map(); // answers by question, in the order in which they came

export function answer(pairs) {
  for (const [question, text] of pairs) answered.set(question, text);
  $("answers").replaceChildren(...[...answered].flatMap(([question, text]) => [el("dt", { textContent: question }), el("dd", { textContent: text })]));
}

function list(where, texts) {
  where.replaceChildren(...texts.map((text) => el("li", { textContent: text })));
}

function repeat(news) {
  const items = [["Scenario, SHA-256", news.digest], ["The same as a study, in a terminal", news.command]];
  $("repeat").replaceChildren(...items.flatMap(([term, text]) => [
    el("dt", { textContent: term }), el("dd", {}, el("code", { textContent: text, id: term.startsWith("Scenario") ? "digest" : "command" })),
  ]));
}

function showNumbers(numbers) {
  $("numbers").replaceChildren(...numbers.map((one) => {
    const [a, b, gap, interval] = one.texts;
    const kind = /better/.test(one.verdict) ? "good" : /worse/.test(one.verdict) ? "bad" : /early|no diff/.test(one.verdict) ? "early" : "";
    const exact = (name, value, text) => el("data", { value: String(value), textContent: text, data: { "data-number": `${one.name}:${name}` } });
    return el("article", { className: `card ${kind}` },
      el("h3", { textContent: one.label }),
      el("p", { className: "unit", textContent: one.unit }),
      el("p", { className: "interval of", textContent: `B minus A${one.months ? `, mean of months 1 to ${one.months}` : ""}` }),
      el("p", { className: "gap" }, exact("gap", one.gap, gap)),
      el("p", { className: "verdict", textContent: one.verdict }),
      el("p", { className: "interval", textContent: interval ? `95% interval ${interval}, ${one.seeds} seeds or draws` : "one seed: no interval yet" }),
      el("p", { className: "levels" }, el("span", {}, el("b", { className: "a", textContent: "A " }), exact("a", one.a, a)),
        el("span", {}, el("b", { className: "b", textContent: "B " }), exact("b", one.b, b))),
      ...(one.about ? [el("p", { className: "interval about", textContent: one.about })] : []));
  }));
}

function drawTrends() {
  for (const name of parts.keys()) {
    const [kind, measure] = name.split(":");
    if (kind === "trend") figure($("trends"), `over-time:${measure}`, `${mode}:${measure}`);
  }
}

const asked = new Set(); // maps that were asked for, and are old when others come
let ask = null; // gets a map of a measure that is not here, where there is a server

export function mapPicker(measures, get) {
  ask = get;
  const select = el("select", { id: "measure" });
  for (const one of measures) select.append(el("option", { value: one.name, textContent: one.label }));
  select.addEventListener("change", drawMap);
  $("places").append(el("label", { htmlFor: "measure", textContent: "Measure, B - A" }), select);
  if (get) {
    const by = el("select", { id: "by" }, el("option", { value: "area", textContent: "CCO area, all seeds" }), el("option", { value: "county", textContent: "county, first seed" }));
    by.addEventListener("change", drawMap);
    $("places").append(el("label", { htmlFor: "by", textContent: "By" }), by);
  }
  select.value = measures[0].name;
}

async function drawMap() {
  const measure = $("measure")?.value;
  if (!measure) return;
  const by = $("by")?.value ?? "area";
  const name = by === "county" ? `county:${measure}` : `map:${measure}`;
  if (!parts.has(name) && ask) {
    wait("map");
    const part = await ask(measure, by);
    if (part) { parts.set(name, part); asked.add(name); }
  }
  if (parts.has(name) && $("measure").value === measure && ($("by")?.value ?? "area") === by) figure($("places"), "map", name);
}

function wait(id) { // what stands there belongs to another choice
  const known = figures.get(id);
  if (!known) return;
  known.picture.replaceChildren(el("p", { className: "note", textContent: "Working on it ..." }));
  known.note.textContent = "";
  known.scroll.replaceChildren();
}

export function figure(where, id, name, part = parts.get(name)) {
  if (!part) return;
  parts.set(name, part);
  let known = figures.get(id);
  if (!known) figures.set(id, known = frame(where, id));
  const shared = typeof part.table === "string"; // the name of another part, where both have the same table
  Object.assign(known, { name, svg: part.svg, table: shared ? parts.get(part.table).table : part.table });
  known.picture.innerHTML = part.svg;
  known.note.textContent = part.note ?? "";
  if (known.details.open) fill(known);
}

function frame(where, id) {
  const known = { picture: el("div", { className: "picture" }), note: el("p", { className: "note" }), name: id };
  known.title = () => known.picture.querySelector("title")?.textContent ?? id;
  known.scroll = el("div", { className: "scroll", tabIndex: 0, data: { role: "region", "aria-label": "Table" } });
  known.details = el("details", {}, el("summary", { textContent: "Table" }), known.scroll);
  known.details.addEventListener("toggle", () => known.details.open && fill(known));
  const tools = el("div", { className: "tools" });
  for (const [kind, save] of Object.entries({ PNG: savePng, SVG: saveSvg, CSV: saveCsv })) {
    const button = el("button", { type: "button", className: "small", textContent: kind });
    button.addEventListener("click", () => save(known));
    button.addEventListener("focus", () => button.setAttribute("aria-label", `${kind} of ${known.title()}`));
    tools.append(button);
  }
  tools.append(known.details);
  known.picture.setAttribute("role", "group");
  known.picture.setAttribute("aria-label", "Picture");
  where.append(el("figure", { data: { "data-figure": id } }, ...(id === "life" ? [known.note, known.picture] : [known.picture, known.note]), tools));
  return known;
}

const number = (value) => (typeof value !== "number" ? (value ?? "") : Number.isInteger(value) ? value.toLocaleString("en-US") : Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 }));

function fill(known) {
  const { table } = known;
  const numeric = table.columns.map((_, i) => table.rows.some((row) => typeof row[i] === "number"));
  const cell = (tag, value, i, extra = {}) => el(tag, { textContent: number(value), className: numeric[i] ? "n" : "", ...extra });
  known.scroll.setAttribute("aria-label", `Table of ${known.title()}`);
  known.scroll.replaceChildren(el("table", {}, el("caption", { textContent: table.caption }),
    el("thead", {}, el("tr", {}, ...table.columns.map((name, i) => cell("th", name, i, { scope: "col" })))),
    el("tbody", {}, ...table.rows.map((row) => el("tr", {}, ...row.map((value, i) => cell(i ? "td" : "th", value, i, i ? {} : { scope: "row" })))))));
}

export function save(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const fileName = (known, kind) => `${known.name.replace(/[^a-z0-9_-]+/gi, "_")}.${kind}`;

function saveSvg(known) {
  save(fileName(known, "svg"), new Blob([known.svg], { type: "image/svg+xml" }));
}

function saveCsv(known) {
  const { table } = known;
  const quoted = (value) => (/[",\n]/.test(String(value ?? "")) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
  save(fileName(known, "csv"), new Blob([[table.columns, ...table.rows].map((row) => row.map(quoted).join(",")).join("\n") + "\n"], { type: "text/csv" }));
}

async function savePng(known) {
  const box = known.picture.querySelector("svg").viewBox.baseVal;
  const text = known.svg.replace("<svg ", `<svg width="${box.width}" height="${box.height}" `);
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = el("canvas", { width: box.width * 2, height: box.height * 2 });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  canvas.toBlob((blob) => save(fileName(known, "png"), blob));
}
