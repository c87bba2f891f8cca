// Charts: Vega-Lite specifications drawn with the values of the present theme. The bundle is fetched with the first chart.

import { $$, onContent } from "./dom.js";

const TOKEN = /^var\(--([a-z0-9-]+)\)$/;
const views = new Map();
let loading = null;

function load(address) {
  loading ??= import(address).then(() => window.vegaEmbed);
  return loading;
}

/** The specification with token names replaced by their colours. */
function coloured(value, probe) {
  if (typeof value === "string") {
    const found = TOKEN.exec(value);
    if (!found) return value;
    probe.style.color = value;
    return getComputedStyle(probe).color;
  }
  if (Array.isArray(value)) return value.map((one) => coloured(one, probe));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, coloured(one, probe)]));
  }
  return value;
}

async function draw(place) {
  const source = document.getElementById(place.dataset.chart);
  if (!source) return;
  try {
    const embed = await load(place.dataset.bundle);
    const { config, datasets, ...spec } = JSON.parse(source.textContent);
    const themed = { ...coloured(spec, place), config: coloured(config, place), datasets };
    views.get(place)?.finalize();
    const result = await embed(place, themed, {
      ast: true, actions: false, defaultStyle: false, renderer: "svg", tooltip: { disableDefaultStyle: true },
    });
    views.set(place, result);
    place.classList.add("is-drawn");
  } catch (error) {
    place.classList.add("is-undrawn");
    place.textContent = "The picture could not be drawn; the table below has its numbers.";
    console.error(error);
  }
}

onContent((part) => {
  const places = $$("[data-chart]", part);
  if (part.matches?.("[data-chart]")) places.push(part);
  places.filter((place) => !views.has(place)).forEach(draw);
});
document.addEventListener("themechange", () => {
  for (const place of views.keys()) {
    if (place.isConnected) draw(place);
    else views.delete(place);
  }
});
