// The live page: the form, the run, the news of the server. What is shown is in view.js.
import { $, el, view, show, answer, clear, mapPicker, figure, save } from "./view.js";

const tab = crypto.randomUUID();
const HEADS = {
  payment: "How the state pays", upstream: "Upstream programs", providers: "How providers respond (assumption, not a policy)", governance: "What CCO boards care for",
};
let offered = null;
let asked = null; // what is to be simulated, as the server reads it
let arm = "b"; // which arm the sliders set: a, b or both
let timer = 0;
let study = false; // whether a finished study is shown

async function call(path, data) {
  const options = data === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) };
  const mark = path.includes("?") ? "&" : "?";
  let answer, found;
  try {
    answer = await fetch(`${path}${mark}tab=${tab}`, options);
    found = await answer.json();
  } catch {
    return fail(["The server does not answer. Is `ccosim dashboard` still running?"]);
  }
  if (!answer.ok) return fail(found.faults);
  return found;
}

function fail(faults) {
  $("fault").hidden = !faults;
  $("fault").textContent = faults ? faults.join(" ") : "";
  return null;
}

// The run.

async function run() {
  former();
  clearTimeout(timer);
  study = false;
  fail(null);
  const told = await call("run", asked);
  if (!told) { // refused: the run before goes on
    if (replaced !== null) $("status").textContent = "No new run.";
    return fresh();
  }
  clear();
  $("said").textContent = told.wait ?? "The run began.";
  if (told.wait) $("status").textContent = told.wait;
  start(told.run === counted ? null : told.start);
}

// The people at the start, where the first month must be compiled before it comes; none of the results are there yet.

let counted = 0; // the run whose first numbers came last

function start(there) {
  $("start-section").hidden = !there;
  if (!there) return;
  $("start-text").textContent = there.text;
  for (const [name, part] of Object.entries(there.parts)) figure($("start"), name, name, part);
}

function soon() {
  former();
  clearTimeout(timer);
  timer = setTimeout(run, 80);
}

// What stands on the page belongs to the former policies until the first numbers of the next run come.

let replaced = null; // the number of the run whose results stand there, once another is asked for

function former() {
  if (!document.querySelector("#numbers .card")) return;
  replaced ??= document.body.dataset.run ?? "";
  $("main").setAttribute("aria-busy", "true");
  $("former").hidden = false;
  $("status").textContent = "Computing ...";
}

function isFormer(news) { // whether news are of the run that is being replaced
  return replaced !== null && news.run !== undefined && String(news.run) === replaced;
}

function fresh() {
  replaced = null;
  $("main").removeAttribute("aria-busy");
  $("former").hidden = true;
}

function listen() {
  const events = new EventSource(`events?tab=${tab}`);
  events.addEventListener("open", () => (study ? showStudy() : run()));
  events.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) fail(["This page is not connected. Eight pages may be open at once: close one, then reload."]);
    else $("status").textContent = "Not connected to the server; trying again.";
  });
}

function hear(news) {
  if (isFormer(news)) return;
  if (news.fault) { fail([news.fault]); start(null); $("main").removeAttribute("aria-busy"); }
  if (news.numbers) { fresh(); start(null); counted = news.run; }
  show(news);
  if (news.run && String(news.run) !== document.body.dataset.run) Object.assign(document.body.dataset, { run: news.run, state: "begun" });
  if (news.status) status(news.status);
  if (news.lives !== undefined) lives(news.lives);
}

function status({ state, month, months, seeds, of }) {
  const words = {
    running: `Month ${month} of ${months}, first of ${of} seeds.`,
    seeds: `First seed done. ${seeds} of ${of} seeds: bands and intervals are filling.`,
    done: `Done: ${months} months, ${of} seeds.`,
    stopped: "Stopped.",
    study: `A finished study: ${months} months, ${of} seeds or draws.`,
  };
  $("status").textContent = words[state];
  if (state === "stopped") { start(null); $("main").removeAttribute("aria-busy"); }
  $("progress").value = state === "running" ? month / months / of : seeds / of;
  $("progress").hidden = state === "study";
  if (state !== "running" && $("said").textContent !== words[state] && (state !== "seeds" || seeds === 1)) $("said").textContent = words[state];
  document.body.dataset.state = state;
}

// The form.

function field(where, label, control, hint) {
  control.id ||= `f${document.querySelectorAll("#form [id]").length}`;
  where.append(el("label", { htmlFor: control.id, textContent: label }), control);
  if (hint) where.append(hint);
  return control;
}

function select(values, chosen, change) {
  const made = el("select", {}, ...values.map((one) => el("option", { value: one.name ?? one, textContent: one.label ?? one })));
  made.value = chosen;
  made.addEventListener("change", () => change(made.value));
  return made;
}

function whole(value, low, high, change) {
  const made = el("input", { type: "number", min: low, max: high, step: 1, value });
  made.addEventListener("change", () => { if (made.checkValidity() && made.value !== "") change(Number(made.value)); else made.reportValidity(); });
  return made;
}

function build() {
  const form = $("form");
  form.replaceChildren();
  if (offered.study) form.append(studyPicker());
  form.append(card("a"), card("b"), common(), sliders(), buttons());
}

function card(name) {
  const mine = asked.arms[name];
  const box = el("fieldset", { className: `arm-${name}` }, el("legend", { textContent: `Policy ${name.toUpperCase()}` }));
  for (const group of Object.keys(HEADS)) {
    const hint = el("p", { className: "hint" });
    const tell = () => { hint.textContent = offered.groups[group].find((one) => one.name === mine[group])?.note ?? ""; };
    const control = select(offered.groups[group], mine[group], (value) => { mine[group] = value; tell(); soon(); });
    control.id = `${name}-${group}`;
    field(box, HEADS[group], control, hint);
    tell();
  }
  box.append(timeline(name, mine));
  return box;
}

function timeline(name, mine) {
  const box = el("details", { open: mine.changes.length > 0 || Object.values(mine.starts).some(Boolean) }, el("summary", { textContent: "Timeline", className: "hint" }));
  const two = el("div", { className: "pair" });
  for (const [group, label] of [["payment", "Contracts begin, month"], ["upstream", "Programs begin, month"]]) {
    const one = el("div");
    const control = whole(mine.starts[group] ?? 0, 0, offered.limits.months, (value) => { mine.starts[group] = value; soon(); });
    control.id = `${name}-start-${group}`;
    field(one, label, control);
    two.append(one);
  }
  const rows = el("div");
  const draw = () => rows.replaceChildren(...mine.changes.map((change, i) => {
    const options = offered.groups[change.key];
    const label = (text, control) => { control.setAttribute("aria-label", `${text} of change ${i + 1} of policy ${name.toUpperCase()}`); return control; };
    const kinds = offered.changing.map((key) => ({ name: key, label: key }));
    const remove = el("button", { type: "button", className: "small", textContent: "Remove" });
    remove.addEventListener("click", () => { mine.changes.splice(i, 1); draw(); soon(); });
    return el("div", { className: "change" },
      label("Month", whole(change.month, 1, offered.limits.months, (value) => { change.month = value; soon(); })),
      options ? label("What", select(kinds, change.key, (value) => { change.key = value; change.value = offered.groups[value][0].name; draw(); soon(); })) : el("span", { textContent: change.key }),
      options ? label("New option", select(options, change.value, (value) => { change.value = value; soon(); })) : el("span", { textContent: change.value }),
      remove);
  }));
  const add = el("button", { type: "button", className: "small", textContent: "Add a change" });
  add.addEventListener("click", () => { mine.changes.push({ month: 12, key: "payment", value: mine.payment }); draw(); });
  box.append(two, rows, el("div", { className: "row" }, add));
  draw();
  return box;
}

function common() {
  const box = el("fieldset", {}, el("legend", { textContent: "Both policies" }));
  const sizes = offered.sizes.map((name) => ({ name, label: `${Number(name).toLocaleString("en-US")} members` }));
  const size = select(sizes, asked.size, (value) => { asked.size = value; soon(); });
  size.id = "size";
  field(box, "People simulated", size);
  const two = el("div", { className: "pair" });
  const months = whole(asked.months, 1, offered.limits.months, (value) => { asked.months = value; soon(); });
  const seed = whole(asked.seed, 0, offered.limits.seed, (value) => { asked.seed = value; soon(); });
  months.id = "months";
  seed.id = "seed";
  for (const [label, control] of [["Months", months], ["First seed", seed]]) { const one = el("div"); field(one, label, control); two.append(one); }
  box.append(two);
  return box;
}

function sliders() {
  const box = el("fieldset", {}, el("legend", { textContent: "Numbers" }));
  const which = el("fieldset", { className: "choice" }, el("legend", { className: "unseen", textContent: "Sliders set" }));
  for (const [value, text] of [["a", "of A"], ["b", "of B"], ["both", "of both"]]) {
    const input = el("input", { type: "radio", name: "which", value, checked: value === arm });
    input.addEventListener("change", () => { arm = value; draw(); });
    which.append(el("label", {}, input, text));
  }
  const shown = el("div");
  const search = el("input", { type: "search", id: "search" });
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const set = new Set([...Object.keys(asked.arms.a.parameters), ...Object.keys(asked.arms.b.parameters)]);
    const found = words.length
      ? offered.levers.filter((one) => words.every((word) => `${one.name} ${one.label} ${one.note}`.toLowerCase().includes(word))).slice(0, 12)
      : offered.levers.filter((one) => offered.sliders.includes(one.name) || set.has(one.name));
    shown.replaceChildren(...found.map(slider));
    if (!found.length) shown.append(el("p", { className: "empty", textContent: "No lever has these words." }));
  };
  search.addEventListener("input", draw);
  box.append(which, shown, el("label", { htmlFor: "search", textContent: `Search all ${offered.levers.length} levers` }), search);
  draw();
  return box;
}

const short = (value) => Number(value.toPrecision(4)).toLocaleString("en-US", { maximumFractionDigits: 6 });

function slider(one) {
  const arms = arm === "both" ? ["a", "b"] : [arm];
  const said = (value) => short(one.scale * value);
  const now = () => asked.arms[arms.at(-1)].parameters[one.name] ?? one.value;
  const id = `s-${one.name}`;
  const output = el("output", { textContent: said(now()), data: { for: id } });
  const input = el("input", { type: "range", id, min: one.low, max: one.high, step: "any", value: now(), data: { "aria-describedby": `d-${one.name}` } });
  const set = (value) => {
    for (const name of arms) { if (value === one.value) delete asked.arms[name].parameters[one.name]; else asked.arms[name].parameters[one.name] = value; }
    output.textContent = said(value);
    reset.hidden = value === one.value;
    soon();
  };
  input.addEventListener("input", () => { output.textContent = said(input.valueAsNumber); });
  input.addEventListener("change", () => set(input.valueAsNumber));
  const reset = el("button", { type: "button", className: "small", textContent: "Reset", hidden: now() === one.value, data: { "aria-label": `Reset ${one.label}` } });
  reset.addEventListener("click", () => { input.value = one.value; set(one.value); input.focus(); });
  const source = one.evidence.length ? ` Source: ${one.evidence.join(", ")}.` : "";
  const kind = { evidence: "from evidence", assumption: "an assumption", policy: "a policy choice", calibrated: "calibrated" }[one.kind] ?? one.kind;
  return el("div", { className: "slider" },
    el("label", { htmlFor: id }, el("span", { textContent: one.label }), output), input,
    el("p", { className: "hint", id: `d-${one.name}`, textContent: `${said(one.low)} to ${said(one.high)} ${one.unit}, ${kind}` }),
    el("details", {}, el("summary", { textContent: "More" }), el("p", { className: "hint", textContent: `${one.note}${source} Name: ${one.name}.` })), reset);
}

function buttons() {
  const row = el("div", { className: "row" });
  const go = el("button", { type: "submit", className: "main", id: "run", textContent: "Run" });
  const stop = el("button", { type: "button", id: "stop", textContent: "Stop" });
  const write = el("button", { type: "button", id: "write", textContent: "Save as YAML" });
  const pick = el("input", { type: "file", id: "open", className: "unseen", accept: ".yaml,.yml", tabIndex: -1, data: { "aria-label": "YAML file to open" } });
  const read = el("button", { type: "button", textContent: "Open YAML" });
  $("form").onsubmit = (event) => { event.preventDefault(); run(); };
  stop.addEventListener("click", () => call("stop", {}));
  write.addEventListener("click", async () => {
    const found = await call("write", asked);
    if (found) save("two_policies.yaml", new Blob([found.text], { type: "application/yaml" }));
  });
  read.addEventListener("click", () => pick.click());
  pick.addEventListener("change", async () => {
    const found = await call("read", { text: await pick.files[0].text() });
    if (!found) return;
    fail(null);
    asked = found.asked;
    build();
    run();
  });
  row.append(go, stop, write, read, pick);
  return row;
}

function studyPicker() {
  const box = el("fieldset", {}, el("legend", { textContent: "Finished study" }), el("p", { className: "hint", textContent: offered.study.title }));
  const chosen = { a: offered.study.arms[0].name, b: offered.study.arms.at(-1).name };
  for (const name of ["a", "b"]) {
    const control = select(offered.study.arms, chosen[name], (value) => { chosen[name] = value; showStudy(); });
    control.id = `study-${name}`;
    field(box, `Arm ${name.toUpperCase()}`, control);
  }
  box.append(el("p", { className: "hint", textContent: "Run, below, simulates the policies of the form instead." }));
  return box;
}

async function showStudy() {
  study = true;
  fail(null);
  clear();
  await call("study", { a: $("study-a").value, b: $("study-b").value });
}

// One life.

const chosen = { order: "differ", age: "any", need: "any" };

function lives(there) {
  const where = $("life");
  if (!there) {
    if (study) where.replaceChildren(el("p", { className: "empty", textContent: "A finished study keeps no single lives: Run, in the scenario, simulates two." }));
    return;
  }
  if (!$("person")) {
    const line = el("div", { className: "row" });
    for (const [name, label, values] of [["order", "First of all", offered.orders], ["age", "Age", offered.ages], ["need", "Need", offered.needs]]) {
      const control = select(values, chosen[name], (value) => { chosen[name] = value; people(); });
      control.id = `life-${name}`;
      const one = el("div");
      field(one, label, control);
      line.append(one);
    }
    const one = el("div");
    const person = el("select", { id: "person" });
    person.addEventListener("change", life);
    field(one, "Person", person);
    line.append(one);
    where.replaceChildren(line);
  }
  if (where.dataset.run !== document.body.dataset.run) { where.dataset.run = document.body.dataset.run; people(); }
}

async function people() {
  const found = await call(`people?${new URLSearchParams(chosen)}`);
  if (!found) return;
  $("person").replaceChildren(...found.people.map((one) => el("option", { value: one.key, textContent: one.who })));
  if (found.people.length) life();
}

async function life() {
  const part = await call(`life?key=${$("person").value}`);
  if (!part) return;
  figure($("life"), "life", "life", part);
  answer([part.answer]);
}

// Begin.

async function main() {
  offered = await call("offered");
  if (!offered) return;
  study = Boolean(offered.study);
  asked = structuredClone(offered.default);
  view();
  const first = ["pmpm_resources", "ed_visits_per_1000_mm", "unmet_need_share", "qalys_a_year"];
  const measures = [...first.map((name) => offered.measures.find((one) => one.name === name)), ...offered.measures.filter((one) => !first.includes(one.name))];
  mapPicker(measures, (measure, by) => call(`map?measure=${measure}&by=${by}`));
  build();
  if (matchMedia("(max-width: 60rem)").matches) $("scenario").open = false;
  for (const [path, text, name] of [["export", "This page as one file", "two_policies.html"], ["brief.html", "Brief, HTML", "brief.html"], ["brief.pdf", "Brief, PDF", "brief.pdf"]]) {
    $("take").append(el("a", { className: "button", href: `${path}?tab=${tab}`, download: name, textContent: text }), " ");
  }
  listen();
}

main();
