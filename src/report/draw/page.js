"use strict";
(() => {
  const story = JSON.parse(document.getElementById("story").textContent);
  const at = (id) => document.getElementById(id);
  const steps = story.steps;
  if (steps.length === 0) return;
  const last = steps.length - 1;

  // The state of each node after each step: a step holds only the changes.
  const states = [];
  let now = {};
  for (const step of steps) {
    now = { ...now };
    for (const [node, rows] of step.tables) now[node] = rows;
    states.push(now);
  }

  const make = (tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  const table = (rows, before, parts) => {
    const table = make("table");
    const head = table.createTHead().insertRow();
    for (const name of ["", "specification", "raft-rs"]) head.append(make("th", name));
    head.cells[0].setAttribute("aria-label", "field");
    const body = table.createTBody();
    const was = new Map((before || []).map(([name, spec, theirs]) => [name, spec + "\n" + theirs]));
    for (const [name, spec, theirs] of rows) {
      const row = body.insertRow();
      row.append(make("th", name));
      row.insertCell().textContent = spec === null ? "–" : spec;
      row.insertCell().textContent = theirs === null ? "–" : theirs;
      const differs = spec !== theirs || (parts && story.wrong.includes(name));
      if (differs) row.className = "differs";
      else if (before !== undefined && was.get(name) !== spec + "\n" + theirs) row.className = "changed";
    }
    return table;
  };

  const card = (node, place) => {
    const step = steps[place];
    const acting = step.node === node;
    const parts = story.parts && place === last && acting;
    const card = make("div", undefined, "card" + (acting ? " acting" : "") + (parts ? " parting" : ""));
    card.append(make("h3", "Node " + node));
    const rows = states[place][node];
    if (rows === null) card.append(make("p", "down"));
    else if (rows !== undefined) card.append(table(rows, place > 0 ? states[place - 1][node] || [] : undefined, parts));
    return card;
  };

  let here = -1;
  const show = (place) => {
    place = Math.max(0, Math.min(last, place));
    if (place === here) return;
    here = place;
    const step = steps[place];
    const parts = story.parts && place === last;
    at("place").value = place;
    at("count").textContent = "step " + (place + 1) + " of " + steps.length;
    at("first").disabled = at("back").disabled = place === 0;
    at("last").disabled = at("next").disabled = place === last;
    at("told").className = parts ? "wrong" : "";
    at("event").textContent = step.when + (step.event ? ": " + step.event : "") + (parts ? " – divergence" : "");
    at("words").textContent = step.words.charAt(0).toUpperCase() + step.words.slice(1).replace(/\.$/, "") + "." +
      (step.aside ? " The divergence does not depend on this step." : "");
    at("effects").replaceChildren(...step.effects.map((line) => make("li", line)));
    at("actions").replaceChildren(...step.actions.map(([name, sentence, source]) => {
      const line = make("span");
      line.append(make("b", name), " " + sentence + " (" + source + ")");
      return line;
    }));
    const nodes = [...story.nodes].sort((a, b) => (b === step.node) - (a === step.node));
    at("tables").replaceChildren(...nodes.map((node) => card(node, place)));
    at("log").hidden = step.log.length === 0;
    at("log").querySelector("pre").textContent = step.log.join("\n");
    mark(step.step);
    try {
      history.replaceState(null, "", "#" + (place + 1));
    } catch {
      // A page that may not have a history has no links to its steps.
    }
  };

  const pane = at("pane");
  const mark = (number) => {
    for (const old of pane.querySelectorAll(".here")) old.classList.remove("here");
    const found = pane.querySelectorAll('.step[data-step="' + number + '"]');
    for (const element of found) element.classList.add("here");
    if (found.length === 0) return;
    const box = found[0].getBoundingClientRect();
    const top = box.top - pane.getBoundingClientRect().top + pane.scrollTop;
    pane.scrollTop = top - (pane.clientHeight - box.height) / 2;
  };

  at("first").onclick = () => show(0);
  at("back").onclick = () => show(here - 1);
  at("next").onclick = () => show(here + 1);
  at("last").onclick = () => show(last);
  at("place").max = last;
  at("place").oninput = () => show(Number(at("place").value));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const places = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: last };
    if (!(event.key in places)) return;
    event.preventDefault();
    show(places[event.key]);
  });
  const places = new Map(steps.map((step, place) => [step.step, place]));
  pane.addEventListener("click", (event) => {
    const found = event.target.closest("[data-step]");
    const place = found && places.get(Number(found.dataset.step));
    if (place !== undefined && place !== null) show(place);
  });
  at("copy").onclick = async () => {
    const command = at("command");
    try {
      await navigator.clipboard.writeText(command.textContent);
      at("copy").textContent = "Copied";
    } catch {
      // Without a clipboard the command is selected, for the reader to copy.
      getSelection().selectAllChildren(command);
    }
  };
  // Paper has every event, the divergence beside its table, and no details that are closed.
  const SLICE = 400;
  const slice = (top, bottom, width) => {
    const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    box.setAttribute("class", "picture slice");
    box.setAttribute("viewBox", "0 " + top + " " + width + " " + (bottom - top));
    // A copy, since the style of a `use` element does not reach what is outside of it.
    const drawn = at("drawn").cloneNode(true);
    drawn.removeAttribute("id");
    box.append(drawn);
    return box;
  };
  let opened = [];
  let back = null;
  addEventListener("beforeprint", () => {
    const picture = at("picture");
    const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
    const tops = [...picture.querySelectorAll(".hit")].map((row) => Number(row.getAttribute("y")));
    let top = 0;
    for (const [place, bottom] of [...tops.slice(1), height].entries()) {
      const next = place + 2 < tops.length ? tops[place + 2] : height;
      if (next - top <= SLICE && bottom < height) continue;
      if (bottom > top) picture.parentNode.append(slice(top, bottom, width));
      top = bottom;
    }
    picture.parentNode.classList.add("sliced");
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
    back = here;
    if (story.parts) show(last);
  });
  addEventListener("afterprint", () => {
    for (const slice of document.querySelectorAll(".slice")) slice.remove();
    at("picture").parentNode.classList.remove("sliced");
    for (const details of opened) details.open = false;
    if (back !== null) show(back);
  });
  const asked = Number(location.hash.slice(1));
  show(asked >= 1 ? asked - 1 : story.parts ? last : 0);
})();
