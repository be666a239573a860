"use strict";
// What is shown is told by the address (#layer=layer4&concept=object:tree&sort=iou), so that every
// view, and every unit in it, can be linked to.
const layers = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const colors = Object.fromEntries(
  [...document.querySelectorAll(".category")].map((button) => [
    button.dataset.category,
    button.querySelector("i").style.background,
  ]),
);
const PAGE = 120; // cards that are made at a time

function state() {
  const told = new URLSearchParams(location.hash.slice(1));
  const named = layers.findIndex((layer) => layer.name === told.get("layer"));
  return {
    layer: named < 0 ? firstLayer() : named,
    concept: told.get("concept") || "",
    search: told.get("search") || "",
    categories: (told.get("categories") || "").split(",").filter(Boolean),
    least: Math.min(Math.max(Number(told.get("least")) || 0, 0), 0.5),
    sort: told.get("sort") || "iou",
    unit: told.get("unit"),
  };
}

/** The first layer that has pictures, or else the one with the most units that match. */
function firstLayer() {
  const pictured = layers.findIndex((layer) => layer.images);
  const matching = layers.map((layer) => layer.matches.reduce((sum, one) => sum + one, 0));
  return pictured < 0 ? matching.indexOf(Math.max(...matching)) : pictured;
}

function go(changes) {
  const next = { ...state(), unit: null, ...changes };
  const told = new URLSearchParams();
  told.set("layer", layers[next.layer].name);
  if (next.concept) told.set("concept", next.concept);
  if (next.search) told.set("search", next.search);
  if (next.categories.length) told.set("categories", next.categories.join(","));
  if (next.least) told.set("least", next.least);
  if (next.sort !== "iou") told.set("sort", next.sort);
  history.replaceState(null, "", "#" + told);
  show();
}

const leadsTo = (link) => new URLSearchParams(link.getAttribute("href").slice(1));
const keyOf = ([name, category]) => category + ":" + name;

function chosen(layer, wanted) {
  const words = wanted.search.trim().toLowerCase();
  const value = {
    unit: (unit) => -unit,
    iou: (unit) => layer.iou[unit],
    held: (unit) => layer.held?.[unit],
    accuracy: (unit) => layer.accuracy?.[unit],
    effect: (unit) => layer.effect?.[unit],
    level: (unit) => layer.level?.[unit],
  }[wanted.sort];
  const units = [...Array(layer.units).keys()].filter((unit) => {
    const [name, category] = layer.concepts[layer.label[unit]];
    if (wanted.unit !== null) return String(unit) === wanted.unit;
    if (wanted.concept && keyOf([name, category]) !== wanted.concept) return false;
    if (wanted.categories.length && !wanted.categories.includes(category)) return false;
    if (layer.iou[unit] < wanted.least) return false;
    const classes = layer.classes?.[unit] ?? [];
    return (
      !words ||
      (/^\d+$/.test(words)
        ? String(unit) === words
        : [name, ...classes].some((text) => text.toLowerCase().includes(words)))
    );
  });
  const names = layer.label.map((label) => layer.concepts[label][0]);
  return units.sort((one, other) =>
    wanted.sort === "concept"
      ? names[one].localeCompare(names[other]) || layer.iou[other] - layer.iou[one]
      : (value?.(other) ?? -Infinity) - (value?.(one) ?? -Infinity) || one - other,
  );
}

function make(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
}

function card(place, layer, unit) {
  const [name, category] = layer.concepts[layer.label[unit]];
  const box = make("article", undefined, layer.matches[unit] ? "unit" : "unit weak");
  const color = colors[category] || "var(--other)";
  if (layer.images) {
    const sheet = Math.floor(unit / layer.perSheet);
    const rows = Math.min(layer.perSheet, layer.units - sheet * layer.perSheet);
    const strip = make("span", undefined, "strip s" + place + "-" + sheet);
    strip.style.setProperty("--images", layer.images);
    strip.style.aspectRatio = layer.images + " / 1";
    strip.style.backgroundSize = "100% " + rows * 100 + "%";
    strip.style.backgroundPositionY = rows > 1 ? ((unit % layer.perSheet) / (rows - 1)) * 100 + "%" : "0";
    strip.setAttribute("role", "img");
    strip.setAttribute("aria-label", "Pictures in which unit " + unit + " is most active");
    box.append(strip);
  }
  const body = make("div");
  const title = make("h3");
  const dot = make("i");
  dot.style.background = color;
  const link = make("a", layer.name + " unit " + unit);
  link.href = "#" + new URLSearchParams({ layer: layer.name, unit });
  title.append(dot, make("b", name === "-" ? "no concept" : name), link);
  title.querySelector("b").title = category;
  const meter = make("span", undefined, "meter");
  const bar = make("i");
  bar.style.width = Math.min(layer.iou[unit], 1) * 100 + "%";
  bar.style.background = color;
  meter.append(bar);
  const figures = make("p");
  const figure = (told, value) => {
    const item = make("span", told + " ");
    item.append(make("b", value));
    figures.append(item);
  };
  figure("IoU", layer.iou[unit].toFixed(3));
  if (layer.held?.[unit] != null) {
    figure("held out", layer.held[unit].toFixed(3));
    const mark = make("u");
    mark.style.left = "calc(" + Math.min(layer.held[unit], 1) * 100 + "% - 1px)";
    mark.title = "Held out: IoU on the half of the sample that speaks less for the label";
    meter.append(mark);
  }
  if (layer.accuracy?.[unit] != null) figure("detects", (layer.accuracy[unit] * 100).toFixed(0) + " %");
  if (layer.level?.[unit] != null) figure("level", layer.level[unit].toPrecision(3));
  if (layer.effect?.[unit] != null) figure("effect", signed(layer.effect[unit]));
  body.append(title, meter, figures);
  if (layer.classes?.[unit]?.length) {
    const needed = make("p", undefined, "classes");
    needed.title = "Classes that this unit is among the most important for";
    needed.append(...layer.classes[unit].map((text) => make("span", text)));
    body.append(needed);
  }
  box.append(body);
  return box;
}

function signed(value) {
  return (value > 0 ? "+" : value < 0 ? "\u2212" : "") + Number(Math.abs(value).toPrecision(2));
}

let rest = [];
const observer = new IntersectionObserver((seen) => {
  if (seen.some((entry) => entry.isIntersecting)) fill();
}, { rootMargin: "1200px" });

function fill() {
  const { layer: place } = state();
  at("more")?.remove();
  at("units").append(...rest.splice(0, PAGE).map((unit) => card(place, layers[place], unit)));
  if (rest.length) {
    const more = make("div");
    more.id = "more";
    at("units").append(more);
    observer.observe(more);
  }
}

function show() {
  const wanted = state();
  const layer = layers[wanted.layer];
  for (const chart of document.querySelectorAll(".chart")) {
    chart.toggleAttribute("data-shown", chart.dataset.layer === layer.name);
  }
  for (const link of document.querySelectorAll(".layer, .column, .bar")) {
    const leads = leadsTo(link);
    const concept = link.matches(".bar") ? leads.get("concept") === wanted.concept : true;
    if (concept && leads.get("layer") === layer.name) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const button of document.querySelectorAll(".category")) {
    button.setAttribute("aria-pressed", wanted.categories.includes(button.dataset.category));
  }
  for (const option of at("sort").options) {
    option.hidden = ["held", "accuracy", "effect", "level"].includes(option.value) && !layer[option.value];
  }
  if (document.activeElement !== at("search")) at("search").value = wanted.search;
  at("least").value = wanted.least;
  at("least-shown").textContent = wanted.least.toFixed(2);
  at("sort").value = wanted.sort;
  at("charted").textContent = "in " + layer.name;
  rest = chosen(layer, wanted);
  const concept = wanted.concept ? " for " + wanted.concept.split(":").slice(1).join(":") : "";
  at("count").textContent = rest.length + " of " + layer.units + " units" + concept;
  at("units").replaceChildren();
  if (!rest.length) at("units").append(make("p", "No unit is like that.", "empty"));
  at("unpictured").hidden = layer.images > 0;
  fill();
}

if (layers.some((layer) => layer.classes)) at("search").placeholder = "Concept, class or unit number";
at("search").addEventListener("input", (event) => go({ search: event.target.value, concept: "" }));
at("least").addEventListener("input", (event) => go({ least: Number(event.target.value) }));
at("sort").addEventListener("change", (event) => go({ sort: event.target.value }));
at("clear").addEventListener("click", () =>
  go({ search: "", concept: "", categories: [], least: 0 }),
);
for (const button of document.querySelectorAll(".category")) {
  button.addEventListener("click", () => {
    const { categories } = state();
    const name = button.dataset.category;
    const kept = categories.filter((other) => other !== name);
    go({ categories: kept.length < categories.length ? kept : [...kept, name], concept: "" });
  });
}
for (const bar of document.querySelectorAll(".bar")) {
  bar.addEventListener("click", (event) => {
    event.preventDefault();
    const concept = leadsTo(bar).get("concept");
    go({ concept: state().concept === concept ? "" : concept, search: "" });
  });
}
for (const link of document.querySelectorAll(".layer, .column")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const name = leadsTo(link).get("layer");
    go({ layer: layers.findIndex((layer) => layer.name === name), concept: "" });
  });
}
window.addEventListener("hashchange", show);
show();
