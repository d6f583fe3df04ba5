// The page without a server: comparisons that were made beforehand are in the file itself.
import { $, el, view, show, clear, mapPicker } from "./view.js";

const { snapshots, measures, needs_choice } = JSON.parse($("data").textContent);

function open(snapshot) {
  clear();
  show(snapshot);
  const { seeds, months } = snapshot.status;
  $("status").textContent = `${months} months, ${seeds} seeds or draws. These runs were made beforehand.`;
  $("progress").hidden = true;
}

function choose() {
  const names = [...new Set(snapshots.flatMap((one) => Object.keys(one.choice)))];
  const selects = names.map((name, i) => {
    const values = [...new Set(snapshots.map((one) => one.choice[name]))];
    const select = el("select", { id: `choice-${i}` }, ...values.map((value) => el("option", { value, textContent: value })));
    select.addEventListener("change", pick);
    $("form").append(el("label", { htmlFor: `choice-${i}`, textContent: name }), select);
    return select;
  });
  function pick() {
    const found = snapshots.find((one) => names.every((name, i) => one.choice[name] === selects[i].value));
    if (found) open(found);
  }
  const first = snapshots.find((one) => one.first) ?? snapshots[0];
  names.forEach((name, i) => { selects[i].value = first.choice[name]; });
  pick();
}

view();
mapPicker(measures, null);
$("life-section").hidden = !snapshots.some((one) => one.parts.life);
$("take").hidden = true;
if (needs_choice) choose();
else {
  document.querySelector("aside").remove();
  document.querySelector(".layout").classList.add("alone");
  open(snapshots[0]);
}
