// What pages do beyond HTML: times in the zone of the viewer, plots of uPlot, and menus that close.
(function () {
  "use strict";

  const language = document.documentElement.lang;
  const local = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });

  // <time datetime="...Z">: the time here, and UTC beside it.
  function showTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-shown])")) {
      const utc = document.createElement("span");
      utc.className = "utc";
      utc.textContent = time.textContent;
      time.dataset.shown = "";
      time.textContent = local.format(new Date(time.dateTime));
      time.append(" ", utc);
    }
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // <div class="plot" data-plot='{"x": [...], "lines": [{"label": "...", "values": [...]}], "time": true}'>
  function draw(element) {
    const plot = JSON.parse(element.dataset.plot);
    const colours = ["--line-1", "--line-2", "--line-3", "--line-4"].map(colour);
    const axis = { stroke: colour("--text"), grid: { stroke: colour("--border") }, ticks: { stroke: colour("--border") } };
    const series = plot.lines.map((line, number) => ({
      label: line.label,
      stroke: colours[number % colours.length],
      width: 2,
      dash: number % 2 ? [6, 4] : undefined,
      paths: plot.steps ? uPlot.paths.stepped({ align: 1 }) : undefined,
      fill: plot.lines.length === 1 && !plot.steps ? colour("--fill") : undefined,
    }));
    const options = {
      width: element.clientWidth,
      height: Math.max(180, Math.min(320, element.clientWidth / 2)),
      scales: { x: { time: Boolean(plot.time) } },
      axes: [axis, Object.assign({ size: 64 }, axis)],
      series: [{ label: plot.label || "" }, ...series],
    };
    const drawn = new uPlot(options, [plot.x, ...plot.lines.map((line) => line.values)], element);
    new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: options.height })).observe(element);
  }

  function drawPlots(root) {
    for (const element of root.querySelectorAll(".plot[data-plot]:not([data-drawn])")) {
      element.dataset.drawn = "";
      draw(element);
    }
  }

  function enhance(root) {
    showTimes(root);
    if (window.uPlot) drawPlots(root);
  }

  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:afterSwap", () => enhance(document));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest && event.target.closest("details.confirm[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
})();
