"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const chart = document.getElementById("chart");
  const form = document.getElementById("switches");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const LETTER = 6.2; // pixels a letter of a phase's name takes
  const MOST_MARKS = 60; // more of them say nothing
  const MOST_UNIFIED = 12; // more lines do not fit into one box
  const CLIPPED = 1e-3; // how far below a logarithmic axis its zeros lie
  const BUTTONS = ["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]; // none that sends anything
  const state = { unit: data.unit, log: data.log, range: null };

  function theme() {
    const name = data.theme === "auto" ? (dark.matches ? "dark" : "light") : data.theme;
    return data.papers[name];
  }

  function axis(index) {
    return index === 0 ? "" : String(index + 1);
  }

  function isLog(panel) {
    return state.log && panel.log !== null;
  }

  function places(line) {
    return state.unit === "step" ? line.steps : line.at[state.unit];
  }

  // A jump has two corners at one place; the later one is the value there, and the one that is read.
  function corners(line, xs, ys) {
    const jumps = new Set(line.jumps);
    const path = { x: [], y: [], read: [] };
    for (let i = 0; i < xs.length; i += 1) {
      if (jumps.has(i)) {
        path.x.push(xs[i]);
        path.y.push(ys[i - 1]);
        path.read.push([line.steps[i], String(line.values[i])]);
      }
      path.x.push(xs[i]);
      path.y.push(ys[i]);
      path.read.push([line.steps[i], String(line.values[i])]);
    }
    return path;
  }

  function traces() {
    const named = new Set();
    const isAlone = data.panels.length === 1 && data.panels[0].lines.length === 1;
    return data.panels.flatMap((panel, index) => panel.lines.map((line) => {
      const least = isLog(panel) ? panel.log[0] * CLIPPED : -Infinity;
      const path = corners(line, places(line), line.values.map((value) => Math.max(value, least)));
      const isNew = line.legend && !named.has(line.key);
      named.add(line.key);
      return {
        type: "scatter",
        mode: line.steps.length <= 40 ? "lines+markers" : "lines",
        x: path.x,
        y: path.y,
        customdata: path.read,
        hovertemplate: (isAlone ? "" : line.name + ": ") + "<b>%{customdata[1]}</b> at step %{customdata[0]}<extra></extra>",
        name: line.name,
        legendgroup: line.key,
        showlegend: isNew,
        xaxis: "x",
        yaxis: "y" + axis(index),
        line: { color: line.colour, dash: line.dash, width: line.width, simplify: false },
        opacity: line.opacity,
        marker: { color: line.colour, size: 5 },
      };
    }));
  }

  // Beside the panels, or below them where the names would take too much of the width.
  function legend() {
    const names = data.panels.flatMap((panel) => panel.lines.map((line) => line.name.length));
    const isBeside = Math.max(...names) * LETTER + 70 < 0.35 * chart.clientWidth;
    const below = { orientation: "h", x: 0, xanchor: "left", y: 0, yref: "container", yanchor: "bottom" };
    return { groupclick: "togglegroup", uirevision: "kept", ...(isBeside ? {} : below) };
  }

  function layout() {
    const paper = theme();
    const count = data.panels.length;
    const rule = { gridcolor: paper.rule, linecolor: paper.rule, zerolinecolor: paper.rule, tickcolor: paper.rule };
    const made = {
      paper_bgcolor: paper.ground,
      plot_bgcolor: paper.ground,
      font: { color: paper.ink, size: 13 },
      margin: { l: 20, r: 20, t: 48, b: 20 },
      hovermode: data.panels.some((panel) => panel.lines.length > MOST_UNIFIED) ? "closest" : "x unified",
      hoversubplots: "axis",
      hoverlabel: { bgcolor: paper.ground, font: { color: paper.ink } },
      legend: legend(),
      uirevision: "kept",
      xaxis: {
        ...rule,
        title: { text: state.unit === "step" ? "step" : state.unit + "s" },
        anchor: "y" + axis(count - 1),
        automargin: true,
        exponentformat: "SI",
        spikethickness: 1,
        spikedash: "solid",
        spikecolor: paper.ink,
        hoverformat: ",.10~g",
        ticks: "outside",
      },
    };
    data.panels.forEach((panel, index) => {
      const height = 1 / count;
      const gap = count > 1 ? 0.12 * height : 0;
      const range = isLog(panel) ? panel.log.map(Math.log10) : panel.linear;
      made["yaxis" + axis(index)] = {
        ...rule,
        uirevision: String(state.log),
        title: { text: panel.title },
        type: isLog(panel) ? "log" : "linear",
        range: range,
        domain: [1 - (index + 1) * height + (index + 1 < count ? gap : 0), 1 - index * height],
        automargin: true,
        exponentformat: "e",
        tickformat: isLog(panel) ? "" : "~g",
        ticks: "outside",
      };
    });
    return made;
  }

  // What stands at the phases: a dotted line where each begins, and its name where there is room for it.
  function phases(range) {
    const paper = theme();
    const width = Math.max(chart.clientWidth - 100, 1);
    const found = { shapes: [], annotations: [] };
    data.panels.forEach((panel, index) => {
      const at = panel.places[state.unit] || [];
      const ends = panel.lines.map((line) => places(line).at(-1));
      const seen = at.filter((place) => place >= range[0] && place <= range[1]);
      if (seen.length > MOST_MARKS) return;
      const y = "y" + axis(index) + " domain";
      at.forEach((place, number) => {
        const start = Math.max(place, range[0]);
        const stop = Math.min(number + 1 < at.length ? at[number + 1] : Math.max(...ends), range[1]);
        if (number > 0 && place >= range[0] && place <= range[1]) {
          found.shapes.push({
            type: "line", xref: "x", yref: y, x0: place, x1: place, y0: 0, y1: 1, layer: "below",
            line: { color: paper.ink, width: 1, dash: "dot" }, opacity: 0.6,
          });
        }
        if ((stop - start) / (range[1] - range[0]) * width > panel.marks[number].length * LETTER + 6) {
          found.annotations.push({
            xref: "x", yref: y, x: (start + stop) / 2, y: 1, yanchor: "bottom", showarrow: false,
            text: panel.marks[number], font: { size: 11, color: paper.ink },
          });
        }
      });
    });
    return found;
  }

  function whole() {
    const lines = data.panels.flatMap((panel) => panel.lines);
    const first = Math.min(...lines.map((line) => places(line)[0]));
    const last = Math.max(...lines.map((line) => places(line).at(-1)));
    const margin = (last - first) * 0.015 || 1;
    return [first - margin, last + margin];
  }

  function draw() {
    const range = state.range || whole();
    const made = layout();
    made.xaxis.range = range;
    made.xaxis.uirevision = state.unit;
    if (data.size) [made.width, made.height] = data.size;
    const shown = Plotly.react(chart, traces(), { ...made, ...phases(range) }, {
      displaylogo: false, responsive: !data.size, modeBarButtons: [BUTTONS], showTips: false,
    });
    return shown;
  }

  function choose(name, choices, chosen, change) {
    const group = document.createElement("fieldset");
    choices.forEach(([value, text]) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: name, value: value, checked: value === chosen });
      input.addEventListener("change", () => { change(value); draw(); });
      label.append(input, " " + text);
      group.append(label);
    });
    form.append(group);
  }

  if (data.units.length > 1) {
    choose("unit", data.units.map((unit) => [unit, unit + "s"]), state.unit, (unit) => { state.unit = unit; state.range = null; });
  }
  if (data.panels.some((panel) => panel.log !== null)) {
    const chosen = state.log ? "log" : "linear";
    choose("scale", [["linear", "linear"], ["log", "log"]], chosen, (scale) => { state.log = scale === "log"; });
  }
  if (!data.size) chart.style.minHeight = 230 * data.panels.length + 90 + "px";
  draw().then(() => {
    chart.on("plotly_relayout", (change) => {
      if (!("xaxis.range[0]" in change || "xaxis.autorange" in change || "xaxis.range" in change)) return;
      state.range = chart.layout.xaxis.range.map(Number);
      Plotly.relayout(chart, phases(state.range));
    });
  });
  dark.addEventListener("change", draw);
})();
