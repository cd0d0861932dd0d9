"use strict";

// The state of the page is in the fragment of its address: beat, method, t (ms) and view.

const content = JSON.parse(document.getElementById("content").textContent);

const VIEWS = {
  initial: null,
  anterior: { eye: [0, 1, 0] },
  "RAO 30°": { eye: [0.5, 0.866, 0] },
  "LAO 45°": { eye: [-0.707, 0.707, 0] },
  left: { eye: [-1, 0, 0] },
  posterior: { eye: [0, -1, 0] },
  right: { eye: [1, 0, 0] },
  superior: { eye: [0, 0, 1], up: [0, 1, 0] },
  inferior: { eye: [0, 0, -1], up: [0, 1, 0] },
  ...(content.apex && { apical: { eye: content.apex, up: content.front } }),
};
const DISTANCE = 1.65; // of the camera, in edges of the cube around the scene
const WAVE_MS = 100; // after activation, until which the colour of the wave changes
const MS_PER_SECOND = 40; // of the beat, per second of playback
const LONGEST_FRAME_MS = 200; // on a slow machine the wave plays more slowly, without skipping frames
const TRIAD_MM = 20;
const BAR_PIXELS = 50; // height reserved for a colour bar
const RESTING = "#c3c9cf";
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

function beatOf({ times, lines, lineTimes, bsp, truth, predictions }) {
  const beat = { times: numbers(times), bsp: numbers(bsp), truth: truth && numbers(truth), predictions: {} };
  for (const [name, { mean, sd }] of Object.entries(predictions)) {
    beat.predictions[name] = { mean: numbers(mean), sd: sd && numbers(sd) };
  }
  beat.isochrones = { ...columns(numbers(lines), "xyz"), customdata: numbers(lineTimes) };
  beat.latest = rangeOf(beat.times)[1];
  beat.highest = Math.max(...rangeOf(beat.bsp).map(Math.abs));
  return beat;
}

function rangeOf(values) {
  const widen = ([low, high], value) => [value < low ? value : low, value > high ? value : high];
  return values.reduce(widen, [Infinity, -Infinity]);
}

const heart = shapeOf(content.heart);
const electrodes = shapeOf(content.electrodes);
const compared = content.compared && shapeOf(content.compared);
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
  const copies = shape.x.length / values.length;
  const intensity = shape.x.map((_, point) => values[Math.floor(point / copies)]);
  return {
    type: "mesh3d", ...shape, intensity, customdata: intensity, colorscale: scale, cmin, cmax,
    colorbar: colourBar(title), lighting: copies > 1 ? FLAT : SHADED, lightposition: LIGHT,
    hovertemplate: `${hover}<br>R %{x:.0f}, A %{y:.0f}, S %{z:.0f} mm<extra></extra>`,
  };
}

function waveScale() {
  const rest = 1 / (WAVE_MS + 1);
  const activated = content.scales.wave.map(([position, colour]) => [rest + position * (1 - rest), colour]);
  return [[0, RESTING], [rest, RESTING], ...activated];
}

function prediction() {
  const { mean, sd } = beat.predictions[state.method];
  const error = beat.truth && mean.map((value, at) => value - beat.truth[at]);
  const worst = Math.max(...(error ? rangeOf(error).map(Math.abs) : []), sd ? rangeOf(sd)[1] : 0);
  return { mean, sd, error, worst };
}

function map(values) {
  return coloured(compared, values, content.scales.times, [0, beat.latest], "ms", "%{customdata:.0f} ms");
}

const PANELS = {
  activation: () => [
    coloured(heart, beat.times, content.scales.times, [0, beat.latest], "ms", "%{customdata:.0f} ms"),
    {
      type: "scatter3d", mode: "lines", ...beat.isochrones, line: { color: content.isochrone, width: 2 },
      hovertemplate: "isochrone, %{customdata:.0f} ms<extra></extra>",
    },
  ],
  wave: () => {
    const since = beat.times.map((time) => state.t - time);
    const title = "ms since activation";
    const wave = coloured(heart, since, waveScale(), [-1, WAVE_MS], title, "activated at %{customdata:.0f} ms");
    return [{ ...wave, customdata: beat.times }];
  },
  bsp: () => {
    const potentials = potentialsAt(state.t);
    const range = [-beat.highest, beat.highest];
    const { x, y, z } = electrodes;
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
    ];
  },
  truth: () => [map(beat.truth)],
  mean: () => [map(prediction().mean)],
  spread: () => {
    const { sd, worst } = prediction();
    return sd ? [coloured(compared, sd, content.scales.spread, [0, worst], "ms", "SD %{customdata:.1f} ms")] : [];
  },
  error: () => {
    const { error, worst } = prediction();
    return [coloured(compared, error, content.scales.signed, [-worst, worst], "ms", "error %{customdata:.1f} ms")];
  },
};
const ROWS = [{ panels: ["activation", "wave", "bsp"], view: "anterior" }];
if (compared) {
  const known = Object.values(content.beats).every((beat) => beat.truth);
  const panels = known ? ["truth", "mean", "spread", "error"] : ["mean", "spread"];
  ROWS.push({ panels, view: content.apex ? "apical" : "anterior" });
}
const ALL = ROWS.flatMap((row) => row.panels);
const FOLLOW_TIME = ["wave", "bsp"];
const FOLLOW_METHOD = ["mean", "spread", "error"];

// ---- drawing

const element = (id) => document.getElementById(id);
const plot = (id) => element(id).querySelector(".plot");
const ink = getComputedStyle(document.body).color;

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

function draw(panel) {
  const row = ROWS.find(({ panels }) => panels.includes(panel));
  const box = panel === "bsp" ? boxOf(heart, electrodes) : boxOf(heart);
  const traces = PANELS[panel]();
  element(panel).classList.toggle("empty", traces.length === 0);
  return Plotly.react(
    plot(panel),
    panel === "bsp" ? traces : [...traces, triad(box)],
    {
      margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: "rgba(0,0,0,0)", showlegend: false,
      modebar: { bgcolor: "rgba(0,0,0,0)", color: ink }, hoverlabel: { font: { size: 13 } },
      uirevision: "keep camera",
      scene: {
        ...cubeAround(box), dragmode: "orbit", camera: row.camera,
        domain: { x: [0, 1], y: [BAR_PIXELS / plot(panel).clientHeight, 1] },
      },
    },
    { responsive: true, displaylogo: false, modeBarButtons: [["toImage"]] },
  );
}

function show(panels) {
  element("time").value = state.t;
  element("clock").textContent = `${Math.round(state.t)} ms`;
  return Promise.all(panels.filter((panel) => ALL.includes(panel)).map(draw));
}

// ---- one camera for the panels of a row

let leader; // source of the current rotation: a panel, or "controls"

async function turn(row, camera, from) {
  if (leader && leader !== from) return; // an event of a panel that follows
  row.camera = camera;
  if (leader) return; // applied by the current rotation
  leader = from;
  const others = row.panels.filter((panel) => panel !== from);
  for (let shown; shown !== row.camera; ) {
    shown = row.camera;
    await Promise.all(others.map((panel) => Plotly.relayout(plot(panel), { "scene.camera": shown })));
  }
  leader = undefined;
}

async function turnAll() {
  for (const row of ROWS) await turn(row, initialCamera(row), "controls");
}

function initialCamera(row) {
  return cameraOf(VIEWS[state.view] ? state.view : row.view);
}

function linkCameras() {
  for (const row of ROWS) {
    for (const panel of row.panels) {
      const follow = (change) => change["scene.camera"] && turn(row, change["scene.camera"], panel);
      plot(panel).on("plotly_relayouting", follow);
      plot(panel).on("plotly_relayout", follow);
    }
  }
}

// ---- address and controls

function readAddress() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const oneOf = (word, choices) =>
    choices.find((choice) => choice === fragment.get(word)) ?? state[word] ?? choices[0];
  state.beat = oneOf("beat", Object.keys(content.beats));
  beat = beatOf(content.beats[state.beat]);
  state.method = oneOf("method", Object.keys(beat.predictions).reverse());
  state.view = oneOf("view", Object.keys(VIEWS));
  const t = Number(fragment.get("t") ?? beat.latest / 2);
  state.t = Number.isFinite(t) ? Math.min(Math.max(t, 0), lastMs) : 0;
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
  fill("method", Object.keys(beat.predictions), (name) => name.replaceAll("_", " "));
  fill("view", Object.keys(VIEWS), (view) => view);
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
    show(ALL);
  });
  on("method", "change", () => show(FOLLOW_METHOD));
  on("view", "change", turnAll);
  element("time").addEventListener("input", ({ target }) => {
    state.t = Number(target.value);
    show(FOLLOW_TIME);
  });
  element("time").addEventListener("change", writeAddress);
  element("play").addEventListener("click", play);
  window.addEventListener("hashchange", async () => {
    readAddress();
    fillControls();
    await show(ALL);
    turnAll();
  });
}

async function start() {
  readAddress();
  fillControls();
  element("comparison").hidden = element("methods").hidden = !compared;
  for (const figure of document.querySelectorAll("figure")) figure.hidden = !ALL.includes(figure.id);
  for (const row of ROWS) row.camera = initialCamera(row);
  await show(ALL);
  linkCameras();
  listen();
  document.body.dataset.ready = "yes";
}

start();
