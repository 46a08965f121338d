// What pages do beyond HTML: times in the zone of the viewer, plots of uPlot, menus that close, and a form that sends itself.
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

  // Of a moment on an axis, in Unix seconds: the time here, and UTC below it.
  const short = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const here = new Intl.DateTimeFormat(language, short);
  const there = new Intl.DateTimeFormat(language, Object.assign({ timeZone: "UTC" }, short));

  function bothTimes(seconds) {
    const moment = new Date(seconds * 1000);
    return `${here.format(moment)}\n${there.format(moment)} UTC`;
  }

  function timeAxis(element) {
    return { size: 56, space: Math.min(140, element.clientWidth / 3), values: (_, splits) => splits.map(bothTimes) };
  }

  const compact = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 2 });
  const huge = new Intl.NumberFormat(language, { notation: "scientific", maximumFractionDigits: 2 });
  const steps = [1, 2, 5].flatMap((digit) => [...Array(16).keys()].map((power) => digit * 10 ** power)).sort((a, b) => a - b);

  function brief(number) {
    return (Math.abs(number) < 1e15 ? compact : huge).format(number);
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
      fill: plot.lines.length === 1 && !plot.steps && !plot.line_of_time ? colour("--fill") : undefined,
    }));
    if (plot.line_of_time) return drawLineOfTime(element, plot, axis, series);
    const options = {
      width: element.clientWidth,
      height: Math.max(180, Math.min(320, element.clientWidth / 2)),
      padding: [null, plot.time ? 48 : null, null, null],
      scales: { x: { time: Boolean(plot.time) } },
      axes: [
        Object.assign(plot.time ? timeAxis(element) : { incrs: steps }, axis),
        Object.assign({ size: 64, incrs: steps, values: (_, splits) => splits.map(brief) }, axis),
      ],
      series: [plot.time ? { value: (_, moment) => (moment === null ? "" : bothTimes(moment)) } : { label: plot.label }, ...series],
    };
    place(element, plot, options);
  }

  function place(element, plot, options) {
    const drawn = new uPlot(options, [plot.x, ...plot.lines.map((line) => line.values)], element);
    new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: options.height })).observe(element);
  }

  // Points on a row for each line: the value of a point is the number of its row.
  function drawLineOfTime(element, plot, axis, series) {
    const rows = plot.lines.map((_, number) => plot.lines.length - number);
    const points = series.map((each) =>
      Object.assign(each, { paths: () => null, points: { show: true, size: 12, fill: each.stroke }, dash: undefined })
    );
    place(element, plot, {
      width: element.clientWidth,
      height: 90 + 45 * rows.length,
      padding: [null, 48, null, null],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: true }, y: { range: [0.5, rows.length + 0.5] } },
      axes: [
        Object.assign(timeAxis(element), axis),
        Object.assign({ size: 80, splits: () => rows, values: () => plot.lines.map((line) => line.label) }, axis),
      ],
      series: [{}, ...points],
    });
  }

  function drawPlots(root) {
    for (const element of root.querySelectorAll(".plot[data-plot]:not([data-drawn])")) {
      element.dataset.drawn = "";
      draw(element);
      const values = element.nextElementSibling;
      if (values && values.matches("details.values")) values.open = false; // it is open where no script draws
    }
  }

  function enhance(root) {
    showTimes(root);
    if (window.uPlot) drawPlots(root);
  }

  // A page that is only a step to another site.
  function sendAtOnce() {
    const form = document.querySelector("form[data-send]");
    if (form) form.submit();
  }

  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("DOMContentLoaded", sendAtOnce);
  document.addEventListener("htmx:afterSwap", () => enhance(document));
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && event.target.closest && event.target.closest("details.confirm[open]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
  });
})();
