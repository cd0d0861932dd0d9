"use strict";

// The state of the page is in the fragment of its address: beat, method, t (ms), view, lead, colours, cut and depth.

const content = JSON.parse(document.getElementById("content").textContent);

const VIEWS = {
  anterior: { eye: [0, 1, 0] },
  "RAO 30°": { eye: [0.5, 0.866, 0] },
  "LAO 45°": { eye: [-0.707, 0.707, 0] },
  left: { eye: [-1, 0, 0] },
  posterior: { eye: [0, -1, 0] },
  right: { eye: [1, 0, 0] },
  superior: { eye: [0, 0, 1], up: [0, 1, 0] },
  inferior: { eye: [0, 0, -1], up: [0, 1, 0] },
  ...(content.axes && { apical: { eye: content.axes[2], up: content.axes[1] } }),
};
// Direction in which the part that is cut away lies.
const CUTS = {
  none: null,
  "base off": content.axes && content.axes[2].map((part) => -part),
  "anterior part off": content.axes && content.axes[1],
  "lateral part off": content.axes && content.axes[0],
};
const COLOURS = { ep: "red early, violet late", colour_blind_safe: "colour-blind-safe" };
const ALL_METHODS = "side by side";
const TURN_DEGREES = 10; // for each press of an arrow key
const ZOOM = 1.1; // for each press of + or -
const DISTANCE = 1.65; // of the camera, in edges of the cube around the scene
const WAVE_MS = 100; // after activation, until which the colour of the wave changes
const MS_PER_SECOND = 40; // of the beat, per second of playback
const LONGEST_FRAME_MS = 200; // on a slow machine the wave plays more slowly, without skipping frames
const TRIAD_MM = 20;
const BAR_PIXELS = 50; // height reserved for a colour bar
const RESTING = "#c3c9cf";
const REGION = "#ffffff";
const MARK = { ink: "#1c2126", paper: "#ffffff" };
const LINES = ["#0072b2", "#d55e00"];
const LIGHT = { x: -4000, y: 9000, z: 6000 };
const SHADED = { ambient: 0.6, diffuse: 0.45, specular: 0.1, roughness: 0.6, fresnel: 0.05 };
const FLAT = { ambient: 1, diffuse: 0, specular: 0, fresnel: 0 };

// ---- the content

const TYPES = { float32: Float32Array, int16: Int16Array, uint32: Uint32Array };
const MISSING = -32768;

function numbers({ type, data, unit }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const raw = new TYPES[type](bytes.buffer);
  return unit ? Float32Array.from(raw, (value) => (value === MISSING ? NaN : value * unit)) : raw;
}

function columns(table, names) {
  const every = (column) => table.filter((_, at) => at % 3 === column);
  return Object.fromEntries([...names].map((name, column) => [name, every(column)]));
}

function shapeOf({ points, triangles }) {
  return { ...columns(numbers(points), "xyz"), ...columns(numbers(triangles), "ijk") };
}

function mapOf({ times, lines, lineTimes, sd, error, bsp, site }) {
  const [map, optional] = [{ times: numbers(times), site }, { sd, error, bsp }];
  for (const [name, values] of Object.entries(optional)) map[name] = values && numbers(values);
  map.isochrones = { ...columns(numbers(lines), "xyz"), customdata: numbers(lineTimes) };
  map.latest = rangeOf(map.times)[1];
  if (site) site.lines = columns(numbers(site.region), "xyz");
  return map;
}

function beatOf({ bsp, truth, predictions }) {
  const beat = { bsp: numbers(bsp), truth: truth && mapOf(truth), predictions: {} };
  for (const [name, map] of Object.entries(predictions)) beat.predictions[name] = mapOf(map);
  beat.latest = Math.max(...(beat.truth ? [beat.truth] : Object.values(beat.predictions)).map(({ latest }) => latest));
  beat.highest = Math.max(...rangeOf(beat.bsp).map(Math.abs));
  return beat;
}

function rangeOf(values) {
  const widen = ([low, high], value) => [value < low ? value : low, value > high ? value : high];
  return values.reduce(widen, [Infinity, -Infinity]);
}

const heart = shapeOf(content.heart);
const electrodes = shapeOf(content.electrodes);
const samples = numbers(content.time);
const lastMs = Math.floor(samples.at(-1));

function potentialsAt(t) {
  const next = samples.findIndex((sample) => sample >= t);
  const after = next < 0 ? samples.length - 1 : next;
  const before = Math.max(after - 1, 0);
  const share = after > before ? (t - samples[before]) / (samples[after] - samples[before]) : 0;
  const row = (electrode) => electrode * samples.length;
  return content.names.map(
    (_, electrode) => (1 - share) * beat.bsp[row(electrode) + before] + share * beat.bsp[row(electrode) + after],
  );
}

// ---- panels

const state = {};
let beat;

function coloured(shape, values, scale, [cmin, cmax], title, hover) {
  return {
    type: "mesh3d", ...shape, intensity: values, customdata: values, colorscale: scale, cmin, cmax,
    colorbar: colourBar(title), lighting: SHADED, lightposition: LIGHT,
    hovertemplate: `${hover}<br>R %{x:.0f}, A %{y:.0f}, S %{z:.0f} mm<extra></extra>`,
  };
}

function keptBy(direction, share) {
  const along = ({ x, y, z }, at) => x[at] * direction[0] + y[at] * direction[1] + z[at] * direction[2];
  const [low, high] = rangeOf(Array.from(heart.x, (_, at) => along(heart, at)));
  const most = high - (high - low) * share;
  return (points, at) => !(along(points, at) > most);
}

// The triangles of the heart that a cut leaves, and that have values, or lack them.
function heartWhere(values, known = true) {
  const kept = cut();
  const inside = (at) => kept(heart, at) && !Number.isNaN(values[at]) === known;
  const triangles = Array.from(heart.i.keys()).filter((row) => {
    const corners = [heart.i[row], heart.j[row], heart.k[row]];
    return known ? corners.every(inside) : corners.every((at) => kept(heart, at)) && corners.some(inside);
  });
  const pick = (corners) => triangles.map((row) => corners[row]);
  return { x: heart.x, y: heart.y, z: heart.z, i: pick(heart.i), j: pick(heart.j), k: pick(heart.k) };
}

function cut() {
  const direction = CUTS[state.cut];
  return direction ? keptBy(direction, state.depth / 100) : () => true;
}

function linesWhere(lines) {
  const kept = cut();
  return { ...lines, x: Array.from(lines.x, (x, at) => (kept(lines, at) ? x : NaN)) };
}

function onHeart(values, scale, range, title, hover) {
  const without = heartWhere(values, false);
  const grey = { type: "mesh3d", ...without, color: RESTING, lighting: SHADED, lightposition: LIGHT, hoverinfo: "skip" };
  const traces = [coloured(heartWhere(values), values, scale, range, title, hover)];
  return without.i.length ? [...traces, grey] : traces;
}

function waveScale() {
  const rest = 1 / (WAVE_MS + 1);
  const activated = content.scales.wave.map(([position, colour]) => [rest + position * (1 - rest), colour]);
  return [[0, RESTING], [rest, RESTING], ...activated];
}

function predicted(method = state.method) {
  return beat.predictions[method] ?? Object.values(beat.predictions)[0];
}

const mapShown = () => beat.truth ?? predicted();

function difference() {
  const { sd, error } = predicted();
  const worst = Math.max(...(error ? rangeOf(error).map(Math.abs) : []), sd ? rangeOf(sd)[1] : 0);
  return { error, sd, worst };
}

function mapTraces({ times, isochrones, site }) {
  const traces = [
    ...onHeart(times, content.scales[state.colours], [0, beat.latest], "ms", "%{customdata:.0f} ms"),
    {
      type: "scatter3d", mode: "lines", ...linesWhere(isochrones), line: { color: content.isochrone, width: 2 },
      hovertemplate: "isochrone, %{customdata:.0f} ms<extra></extra>",
    },
  ];
  if (!site) return traces;
  const region = { type: "scatter3d", mode: "lines", ...linesWhere(site.lines), hoverinfo: "skip" };
  return [...traces, { ...region, line: { color: REGION, width: 5 } }];
}

function marked({ site }) {
  if (!site) return [];
  const [x, y, z] = site.position;
  return [{
    x, y, z, text: `earliest: ${site.name}`, ax: 0, ay: -28, arrowhead: 2, arrowcolor: MARK.ink, arrowwidth: 1.5,
    bgcolor: MARK.paper, bordercolor: MARK.ink, borderpad: 2, opacity: 0.9, font: { size: 11, color: MARK.ink },
  }];
}

// Each panel: its traces, and, of a map, the site that is marked on it.
const PANELS = {
  activation: { traces: () => mapTraces(mapShown()), site: mapShown, when: () => beat.truth || one() },
  mean: { traces: () => mapTraces(predicted()), site: () => predicted(), when: () => beat.truth && one() },
  spread: {
    traces: () => {
      const { sd, worst } = difference();
      return onHeart(sd, content.scales.spread, [0, worst], "ms", "SD %{customdata:.1f} ms");
    },
    when: () => one() && predicted().sd,
  },
  error: {
    traces: () => {
      const { error, worst } = difference();
      return onHeart(error, content.scales.signed, [-worst, worst], "ms", "error %{customdata:.1f} ms");
    },
    when: () => one() && predicted().error,
  },
  wave: {
    traces: () => {
      const { times } = mapShown();
      const since = times.map((time) => state.t - time);
      const title = "ms since activation";
      const [wave, ...rest] = onHeart(since, waveScale(), [-1, WAVE_MS], title, "activated at %{customdata:.0f} ms");
      return [{ ...wave, customdata: times }, ...rest];
    },
    when: () => beat.truth || one(),
  },
  bsp: {
    traces: () => {
      const potentials = potentialsAt(state.t);
      const range = [-beat.highest, beat.highest];
      const { x, y, z } = electrodes;
      const lead = content.names.indexOf(state.lead);
      return [
        { type: "mesh3d", ...heart, color: RESTING, lighting: SHADED, lightposition: LIGHT, hoverinfo: "skip" },
        {
          ...coloured(electrodes, potentials, content.scales.signed, range, "mV", ""),
          lighting: FLAT, opacity: 0.85, hoverinfo: "skip",
        },
        {
          type: "scatter3d", mode: "markers", x, y, z, text: content.names, customdata: potentials,
          marker: {
            size: 4, color: potentials, colorscale: content.scales.signed, cmin: range[0], cmax: range[1],
            line: { color: "#222", width: 1 },
          },
          hovertemplate: "%{text}: %{customdata:.2f} mV<extra></extra>",
        },
        {
          type: "scatter3d", mode: "markers+text", x: [x[lead]], y: [y[lead]], z: [z[lead]], text: [state.lead],
          textposition: "top center", textfont: { size: 13, color: ink }, hoverinfo: "skip",
          marker: { size: 8, symbol: "circle-open", color: MARK.ink, line: { color: ink, width: 3 } },
        },
      ];
    },
  },
};
const one = () => state.method !== ALL_METHODS;
const FOLLOW_TIME = ["wave", "bsp", "signals"];

// ---- drawing

const element = (id) => document.getElementById(id);
const plot = (id) => element(id).querySelector(".plot");
const ink = getComputedStyle(document.body).color;

function addMethodPanels() {
  for (const method of Object.keys(Object.values(content.beats)[0].predictions)) {
    const id = `method ${method}`;
    const figure = element("mean").cloneNode(true);
    figure.id = id;
    figure.querySelector("figcaption").firstChild.data = `${method.replaceAll("_", " ")} `;
    element("panels").insertBefore(figure, element("spread"));
    PANELS[id] = {
      traces: () => mapTraces(predicted(method)), site: () => predicted(method), when: () => !one(),
    };
  }
}

function colourBar(title) {
  const font = { size: 12, color: ink };
  return {
    orientation: "h", x: 0.5, xanchor: "center", y: 0, yanchor: "bottom", len: 0.88, thickness: 9, outlinewidth: 0,
    nticks: 6, ticks: "outside", ticklen: 3, tickfont: font, title: { text: title, side: "top", font },
  };
}

function boxOf(...shapes) {
  const ends = (axis) => rangeOf(shapes.flatMap((shape) => [...rangeOf(shape[axis])]));
  return { x: ends("x"), y: ends("y"), z: ends("z") };
}

function cubeAround(box) {
  const half = Math.max(...Object.values(box).map(([low, high]) => high - low)) / 2 + TRIAD_MM / 4;
  const axis = ([low, high]) => ({ visible: false, range: [(low + high) / 2 - half, (low + high) / 2 + half] });
  return { xaxis: axis(box.x), yaxis: axis(box.y), zaxis: axis(box.z), aspectmode: "cube" };
}

function triad({ x: [, x], y: [, y], z: [low] }) {
  const z = low - TRIAD_MM / 4;
  return {
    type: "scatter3d", mode: "lines+text", hoverinfo: "skip",
    x: [x - TRIAD_MM, x, x, x, x], y: [y, y, y, y, y - TRIAD_MM], z: [z, z, z + TRIAD_MM, z, z],
    text: ["L", "", "S", "", "P"], textfont: { size: 12, color: ink }, line: { color: ink, width: 4 },
  };
}

function cameraOf(view) {
  const { eye, up = [0, 0, 1] } = VIEWS[view];
  const scaled = ([x, y, z], length) => ({ x: x * length, y: y * length, z: z * length });
  return { eye: scaled(eye, DISTANCE), up: scaled(up, 1), center: { x: 0, y: 0, z: 0 } };
}

const WHERE = { margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)", showlegend: false };
const OPTIONS = { responsive: true, displaylogo: false, modeBarButtons: [["toImage"]] };

function draw(panel) {
  return panel === "signals" ? drawSignals() : drawScene(panel);
}

function drawScene(panel) {
  const box = panel === "bsp" ? boxOf(heart, electrodes) : boxOf(heart);
  const { traces, site } = PANELS[panel];
  return Plotly.react(
    plot(panel),
    panel === "bsp" ? traces() : [...traces(), triad(box)],
    {
      ...WHERE, modebar: { bgcolor: "rgba(0,0,0,0)", color: ink }, hoverlabel: { font: { size: 13 } },
      uirevision: "keep camera",
      scene: {
        ...cubeAround(box), dragmode: "orbit", camera, annotations: site ? marked(site()) : [],
        domain: { x: [0, 1], y: [BAR_PIXELS / plot(panel).clientHeight, 1] },
      },
    },
    OPTIONS,
  );
}

// Lowest and highest potential of all electrodes over time, and the chosen lead.
function drawSignals() {
  const x = Array.from(samples);
  const row = (bsp, lead) => Array.from(bsp.subarray(lead * x.length, (lead + 1) * x.length));
  const over = (extreme) => x.map((_, at) => extreme(...content.names.map((_, lead) => beat.bsp[lead * x.length + at])));
  const lead = content.names.indexOf(state.lead);
  const edge = { mode: "lines", line: { width: 0 }, hoverinfo: "skip", showlegend: false };
  const line = { mode: "lines", hovertemplate: "%{y:.2f} mV at %{x:.0f} ms" };
  const { bsp } = one() ? predicted() : {};
  const axis = { color: ink, gridcolor: "rgba(128,128,128,0.25)", zerolinecolor: "rgba(128,128,128,0.6)" };
  return Plotly.react(
    plot("signals"),
    [
      { x, y: over(Math.min), ...edge },
      { x, y: over(Math.max), ...edge, fill: "tonexty", fillcolor: "rgba(128,128,128,0.25)", showlegend: true, name: "all leads" },
      { x, y: row(beat.bsp, lead), ...line, name: beat.truth ? "simulated" : "recorded", line: { color: LINES[0] } },
      ...(bsp ? [{ x, y: row(bsp, lead), ...line, name: "from the map", line: { color: LINES[1] } }] : []),
    ],
    {
      ...WHERE, margin: { l: 52, r: 12, t: 30, b: 44 }, modebar: { bgcolor: "rgba(0,0,0,0)", color: ink }, plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 12 },
      showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" }, hovermode: "closest",
      xaxis: { ...axis, title: { text: "ms" } }, yaxis: { ...axis, title: { text: `lead ${state.lead}, mV` } },
      shapes: [{ type: "line", x0: state.t, x1: state.t, yref: "paper", y0: 0, y1: 1, line: { color: ink, width: 1 } }],
    },
    OPTIONS,
  );
}

const isShown = (panel) => panel === "signals" || !PANELS[panel].when || Boolean(PANELS[panel].when());
const shown = () => [...Object.keys(PANELS), "signals"].filter(isShown);

function arrange() {
  for (const panel of [...Object.keys(PANELS), "signals"]) {
    const hidden = !isShown(panel);
    if (hidden && !element(panel).hidden) Plotly.purge(plot(panel));
    element(panel).hidden = hidden;
  }
  const described = beat.truth ? [describe(beat.truth, "Simulated activation")] : [];
  if (one()) described.push(describe(predicted(), beat.truth ? "Predicted activation" : "Activation"));
  element("site").textContent = described.join(" ");
  element("depth").disabled = state.cut === "none";
}

function describe({ site }, what) {
  return site ? `${what} begins: ${site.sentences.join("; ")}.` : "";
}

async function show(panels) {
  element("time").value = state.t;
  element("clock").textContent = `${Math.round(state.t)} ms`;
  for (const panel of panels.filter(isShown)) await draw(panel);
}

async function showAll() {
  arrange();
  await show(shown());
  linkCameras();
}

// ---- one camera for all panels

let camera;
let leader; // source of the current rotation: a panel, or "controls"

async function turn(next, from) {
  if (leader && leader !== from) return; // an event of a panel that follows
  camera = next;
  if (leader) return; // applied by the current rotation
  leader = from;
  const others = shown().filter((panel) => panel !== from && panel !== "signals");
  for (let seen; seen !== camera; ) {
    seen = camera;
    await Promise.all(others.map((panel) => Plotly.relayout(plot(panel), { "scene.camera": seen })));
  }
  leader = undefined;
}

function turnToView() {
  return turn(cameraOf(state.view), "controls");
}

const linked = new Set();

function linkCameras() {
  for (const panel of shown().filter((panel) => panel !== "signals")) {
    plot(panel).removeAllListeners?.("plotly_relayout");
    plot(panel).removeAllListeners?.("plotly_relayouting");
    const follow = (change) => change["scene.camera"] && turn(change["scene.camera"], panel);
    plot(panel).on("plotly_relayouting", follow);
    plot(panel).on("plotly_relayout", follow);
    if (linked.has(panel)) continue;
    linked.add(panel);
    plot(panel).addEventListener("keydown", turnByKey);
  }
  plot("bsp").removeAllListeners?.("plotly_click");
  plot("bsp").on("plotly_click", ({ points: [{ text }] }) => content.names.includes(text) && chooseLead(text));
}

function turnByKey(event) {
  const { eye, up, center } = camera;
  const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const zoom = { "+": 1 / ZOOM, "=": 1 / ZOOM, "-": ZOOM }[event.key];
  if (!turns && !zoom) return;
  event.preventDefault();
  if (zoom) return turn({ eye: { x: eye.x * zoom, y: eye.y * zoom, z: eye.z * zoom }, up, center }, "controls");
  const side = cross(up, eye);
  const [sideways, upwards] = turns.map((steps) => (steps * TURN_DEGREES * Math.PI) / 180);
  const turned = rotated(rotated(eye, up, sideways), side, -upwards);
  turn({ eye: turned, up: rotated(up, side, -upwards), center }, "controls");
}

function cross(a, b) {
  return { x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x };
}

// A vector turned about an axis by an angle in radians (Rodrigues).
function rotated(vector, axis, angle) {
  const length = Math.hypot(axis.x, axis.y, axis.z);
  const k = { x: axis.x / length, y: axis.y / length, z: axis.z / length };
  const across = cross(k, vector);
  const along = (k.x * vector.x + k.y * vector.y + k.z * vector.z) * (1 - Math.cos(angle));
  const part = (name) => vector[name] * Math.cos(angle) + across[name] * Math.sin(angle) + k[name] * along;
  return { x: part("x"), y: part("y"), z: part("z") };
}

// ---- address and controls

function readAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const oneOf = (word, choices) =>
    choices.find((choice) => choice === fragment.get(word)) ?? state[word] ?? choices[0];
  state.beat = oneOf("beat", Object.keys(content.beats));
  beat = beatOf(content.beats[state.beat]);
  state.method = oneOf("method", methods());
  state.view = oneOf("view", Object.keys(VIEWS));
  state.lead = oneOf("lead", [largest(), ...content.names]);
  state.colours = oneOf("colours", [content.colours, ...Object.keys(COLOURS)]);
  state.cut = oneOf("cut", Object.keys(CUTS).filter((name) => name === "none" || content.axes));
  const depth = Number(fragment.get("depth") ?? 50);
  state.depth = depth >= 0 && depth <= 100 ? depth : 50;
  const t = Number(fragment.get("t") ?? beat.latest / 2);
  state.t = Number.isFinite(t) ? Math.min(Math.max(t, 0), lastMs) : 0;
}

// Lead of the largest potential.
function largest() {
  const at = beat.bsp.findIndex((value) => Math.abs(value) === beat.highest);
  return content.names[Math.floor(at / samples.length)];
}

function methods() {
  const names = Object.keys(beat.predictions);
  const several = names.length > 1 ? [ALL_METHODS] : [];
  return beat.truth ? [...names.reverse(), ...several] : [...several, ...names];
}

function writeAddress() {
  try {
    history.replaceState(null, "", `#${new URLSearchParams({ ...state, t: Math.round(state.t) })}`);
  } catch {
    // A page embedded in a report has no address of its own.
  }
}

function fillControls() {
  const fill = (word, choices, text) => {
    const options = choices.map((choice) => new Option(text(choice), choice, false, choice === state[word]));
    element(word).replaceChildren(...options);
  };
  fill("beat", Object.keys(content.beats), (number) => `${number}, ${content.beats[number].kind}`);
  fill("method", methods(), (name) => name.replaceAll("_", " "));
  fill("view", Object.keys(VIEWS), (view) => view);
  fill("lead", content.names, (name) => name);
  fill("colours", Object.keys(COLOURS), (name) => COLOURS[name]);
  fill("cut", Object.keys(CUTS).filter((name) => name === "none" || content.axes), (name) => name);
  element("depth").value = state.depth;
  element("time").max = lastMs;
}

let presses = 0; // number of clicks on the play button; odd during playback

async function play() {
  const press = ++presses;
  element("play").textContent = press % 2 ? "Pause" : "Play";
  if (press % 2 && state.t >= lastMs) state.t = 0;
  let before = performance.now();
  while (press % 2 && press === presses) {
    const now = await new Promise(requestAnimationFrame);
    const frame = Math.min(Math.max(now - before, 0), LONGEST_FRAME_MS);
    state.t = Math.min(state.t + (frame / 1000) * MS_PER_SECOND, lastMs);
    before = now;
    await show(FOLLOW_TIME);
    if (state.t >= lastMs && press === presses) element("play").click();
  }
  writeAddress();
}

function listen() {
  const on = (word, event, react) =>
    element(word).addEventListener(event, ({ target }) => {
      state[word] = target.value;
      react();
      writeAddress();
    });
  on("beat", "change", () => {
    beat = beatOf(content.beats[state.beat]);
    showAll();
  });
  on("method", "change", showAll);
  on("view", "change", turnToView);
  on("lead", "change", () => show(["bsp", "signals"]));
  on("colours", "change", showAll);
  on("cut", "change", showAll);
  on("depth", "change", showAll);
  element("save").addEventListener("click", save);
  element("time").addEventListener("input", ({ target }) => {
    state.t = Number(target.value);
    show(FOLLOW_TIME);
  });
  element("time").addEventListener("change", writeAddress);
  element("play").addEventListener("click", play);
  window.addEventListener("hashchange", async () => {
    readAddress();
    fillControls();
    await showAll();
    turnToView();
  });
}

function chooseLead(name) {
  element("lead").value = name;
  element("lead").dispatchEvent(new Event("change"));
}

// Saves the maps of the beat that is shown, at the points of the surface.
function save() {
  const maps = Object.entries({ ...(beat.truth && { simulated: beat.truth }), ...beat.predictions });
  const header = maps.flatMap(([name, { sd }]) => [`${name}_ms`, ...(sd ? [`${name}_sd_ms`] : [])]);
  const columns = [heart.x, heart.y, heart.z, ...maps.flatMap(([, { times, sd }]) => [times, ...(sd ? [sd] : [])])];
  const rows = Array.from(heart.x.keys(), (at) =>
    columns.map((values) => (Number.isNaN(values[at]) ? "" : values[at].toFixed(1))).join(","),
  );
  const link = document.createElement("a");
  const table = [["x_mm", "y_mm", "z_mm", ...header].join(","), ...rows].join("\n");
  link.href = URL.createObjectURL(new Blob([table], { type: "text/csv" }));
  link.download = `${document.title} - beat ${state.beat}.csv`.replace(/[^\w. -]/g, "_");
  link.click();
  URL.revokeObjectURL(link.href);
}

async function start() {
  addMethodPanels();
  readAddress();
  fillControls();
  const only = (word) => element(word).options.length < 2;
  for (const word of ["beat", "method", "cut"]) element(word).parentElement.hidden = only(word);
  element("depth").parentElement.hidden = only("cut");
  camera = cameraOf(state.view);
  arrange();
  await show(shown().slice(0, 1));
  performance.mark("first picture");
  await showAll();
  listen();
  document.body.dataset.ready = "yes";
}

start();
