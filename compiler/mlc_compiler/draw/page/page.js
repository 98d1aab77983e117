"use strict";
// Arrows, details, search and keys. All text of users goes through textContent, never through markup.
const data = JSON.parse(document.getElementById("data").textContent);
const views = [...document.querySelectorAll(".view")].map((element, number) => ({
  element,
  number,
  canvas: element.querySelector(".canvas"),
  sizer: element.querySelector(".sizer"),
  scroll: element.querySelector(".scroll"),
  layer: element.querySelector(".wires g"),
  ...data[number],
}));
const boxes = [...document.querySelectorAll(".box")];
const byId = new Map(boxes.map((box) => [box.id, box]));
const viewOf = (box) => views[Number(box.id.slice(1, box.id.indexOf("s")))];
const byName = new Map();
for (const view of views) {
  view.reads = new Map();
  view.readers = new Map();
  for (const arrow of view.arrows) {
    if (!view.reads.has(arrow.to)) view.reads.set(arrow.to, []);
    if (!view.readers.has(arrow.from)) view.readers.set(arrow.from, []);
    view.reads.get(arrow.to).push(arrow.from);
    view.readers.get(arrow.from).push(arrow.to);
  }
  for (const [id, box] of Object.entries(view.boxes)) {
    if (!byName.has(box.name)) byName.set(box.name, []);
    byName.get(box.name).push(id);
  }
}

// Where an element stands on its canvas, whatever the scale.
function frame(element, canvas) {
  let left = 0, top = 0;
  const { offsetWidth: width, offsetHeight: height } = element;
  for (let at = element; at && at !== canvas; at = at.offsetParent) {
    left += at.offsetLeft;
    top += at.offsetTop;
  }
  return { left, top, width, height };
}

function line(points, down) {
  let [x, y] = points[0];
  let path = `M${x} ${y}`;
  for (const [toX, toY] of points.slice(1)) {
    const bend = down ? Math.max((toY - y) / 2, 16) : Math.max((toX - x) / 2, 30);
    path += down
      ? ` C${x} ${y + bend} ${toX} ${toY - bend} ${toX} ${toY}`
      : ` C${x + bend} ${y} ${toX - bend} ${toY} ${toX} ${toY}`;
    [x, y] = [toX, toY];
  }
  return path;
}

function drawArrows(view) {
  const { canvas, layer } = view;
  const frames = new Map();
  const place = (element) => {
    if (!frames.has(element)) frames.set(element, frame(element, canvas));
    return frames.get(element);
  };
  const seen = new Map();
  const paths = [];
  for (const arrow of view.arrows) {
    const [source, target] = [byId.get(arrow.from), byId.get(arrow.to)];
    const [one, other] = [source.closest("details"), target.closest("details")];
    const start = one.open ? source : one.firstElementChild;
    const end = other.open ? target : other.firstElementChild;
    if (start === end) continue;
    if (!seen.has(start)) seen.set(start, new Map());
    const known = seen.get(start).get(end);
    if (known && !(one.open && other.open)) {
      known.dataset.ends += ` ${arrow.from} ${arrow.to}`;
      continue;
    }
    const [a, b] = [place(start), place(end)];
    let points;
    if (one === other) {
      const { left, top } = place(one.querySelector(".inside"));
      const ways = arrow.ways.map(([x, y]) => [left + x, top + y]);
      points = arrow.down
        ? [[a.left + a.width / 2, a.top + a.height], ...ways, [b.left + b.width / 2, b.top]]
        : [[a.left + a.width, a.top + a.height / 2], ...ways, [b.left, b.top + b.height / 2]];
    } else {
      points = [[a.left + a.width, a.top + a.height / 2], [b.left, b.top + b.height / 2]];
    }
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", line(points, arrow.down));
    const far = view.crowded && one !== other;
    path.setAttribute("class", `arrow ${arrow.kind}${far ? " far" : ""}`);
    path.setAttribute("marker-end", `url(#${far ? "distant" : "tip"}${view.number})`);
    path.dataset.ends = `${arrow.from} ${arrow.to}`;
    seen.get(start).set(end, path);
    paths.push(path);
  }
  layer.replaceChildren(...paths);
}

// Arrows into and out of some steps, and the steps at their other ends.
function look(view, ids) {
  const wanted = new Set(ids);
  view.canvas.classList.toggle("looking", wanted.size > 0);
  const near = new Set();
  const raised = [];
  for (const path of view.layer.children) {
    const ends = path.dataset.ends.split(" ");
    const on = ends.some((id) => wanted.has(id));
    path.classList.toggle("near", on);
    const tip = on ? "near" : path.classList.contains("far") || wanted.size ? "distant" : "tip";
    path.setAttribute("marker-end", `url(#${tip}${view.number})`);
    if (on) {
      ends.forEach((id) => near.add(id));
      raised.push(path);
    }
  }
  view.layer.append(...raised);
  for (const id of Object.keys(view.boxes)) byId.get(id).classList.toggle("near", near.has(id));
}

let chosen = null;
const details = document.getElementById("details");

function rest() {
  for (const view of views) look(view, chosen ? twins(chosen).filter((id) => id in view.boxes) : []);
}

const twins = (id) => byName.get(viewOf(byId.get(id)).boxes[id].name);

function choose(id) {
  for (const box of document.querySelectorAll(".chosen")) box.classList.remove("chosen");
  chosen = id;
  details.hidden = id === null;
  if (id !== null) {
    for (const twin of twins(id)) {
      byId.get(twin).classList.add("chosen");
      if (twin !== id) bring(byId.get(twin));
    }
    const box = viewOf(byId.get(id)).boxes[id];
    details.querySelector("h2").textContent = box.name;
    details.querySelector("p").textContent = box.summary;
    const list = details.querySelector("dl");
    list.replaceChildren();
    for (const [heading, text] of box.details) {
      list.append(Object.assign(document.createElement("dt"), { textContent: heading }));
      list.append(Object.assign(document.createElement("dd"), { textContent: text }));
    }
  }
  rest();
}

function bring(box) {
  box.closest("details").open = true;
  box.scrollIntoView({ block: "center", inline: "center" });
}

function reveal(id) {
  const box = byId.get(id);
  bring(box);
  box.focus({ preventScroll: true });
}

for (const box of boxes) {
  box.addEventListener("click", () => choose(chosen === box.id ? null : box.id));
  box.addEventListener("mouseenter", () => look(viewOf(box), [box.id]));
  box.addEventListener("focus", () => look(viewOf(box), [box.id]));
  box.addEventListener("mouseleave", rest);
  box.addEventListener("blur", rest);
}
for (const group of document.querySelectorAll("details")) {
  const view = views.find(({ element }) => element.contains(group));
  const members = () => [...group.querySelectorAll(".box")].map(({ id }) => id);
  group.addEventListener("toggle", () => { refresh(view) });
  group.firstElementChild.addEventListener("mouseenter", () => { if (!group.open) look(view, members()) });
  group.firstElementChild.addEventListener("mouseleave", rest);
}

const waiting = new Set();
function refresh(view) {
  if (waiting.has(view)) return;
  waiting.add(view);
  requestAnimationFrame(() => {
    waiting.delete(view);
    resize(view);
    drawArrows(view);
    rest();
  });
}

// Size
let scale = 1;
function resize(view) {
  view.canvas.style.transform = `scale(${scale})`;
  view.canvas.style.minHeight = "0";
  const { offsetWidth, offsetHeight } = view.canvas;
  view.sizer.style.width = `${offsetWidth * scale}px`;
  view.sizer.style.height = `${offsetHeight * scale}px`;
}
function zoom(to) {
  scale = Math.min(2, Math.max(0.1, to));
  views.forEach(resize);
}
function fit(least = 0.1) {
  const sizes = views.filter(({ element }) => !element.hidden).map(({ canvas, scroll }) =>
    Math.min(scroll.clientWidth / canvas.offsetWidth, scroll.clientHeight / canvas.offsetHeight));
  zoom(Math.max(least, Math.min(1, ...sizes)));
}
document.getElementById("smaller").addEventListener("click", () => zoom(scale / 1.25));
document.getElementById("larger").addEventListener("click", () => zoom(scale * 1.25));
document.getElementById("fit").addEventListener("click", () => fit());

// All groups, which graph, colours
const setAll = (open) => document.querySelectorAll("details").forEach((group) => { group.open = open });
document.getElementById("open").addEventListener("click", () => setAll(true));
document.getElementById("close").addEventListener("click", () => setAll(false));
for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => {
    for (const other of document.querySelectorAll("[data-show]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    views.forEach((view) => {
      view.element.hidden = !["both", String(view.number)].includes(button.dataset.show);
      refresh(view);
    });
  });
}
document.getElementById("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  document.documentElement.dataset.theme = dark ? "light" : "dark";
});

// Search
const search = document.getElementById("search");
let hits = [], next = 0;
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  document.body.classList.toggle("searching", words.length > 0);
  hits = [];
  for (const view of views) {
    for (const [id, { name, summary }] of Object.entries(view.boxes)) {
      const text = `${name} ${summary}`.toLowerCase();
      const hit = words.length > 0 && words.every((word) => text.includes(word));
      byId.get(id).classList.toggle("hit", hit);
      if (hit && !view.element.hidden) hits.push(id);
    }
  }
  next = 0;
  document.getElementById("hits").textContent = words.length ? `${hits.length} found` : "";
});
search.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !hits.length) return;
  reveal(hits[next % hits.length]);
  search.focus({ preventScroll: true });
  choose(hits[next % hits.length]);
  next += 1;
});

// Keys
const shut = () => { choose(null); search.value = ""; search.dispatchEvent(new Event("input")) };
document.getElementById("shut").addEventListener("click", () => choose(null));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return shut();
  if (event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
  } else if (event.target.matches(".box") && event.key.startsWith("Arrow")) {
    const view = viewOf(event.target);
    const forward = event.key === "ArrowRight" || event.key === "ArrowDown";
    const [to] = (forward ? view.readers : view.reads).get(event.target.id) ?? [];
    event.preventDefault();
    if (to) reveal(to);
  }
});

addEventListener("resize", () => views.forEach(refresh));
views.forEach((view) => { resize(view); drawArrows(view) });
fit(0.6);
