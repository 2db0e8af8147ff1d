(function () {
  "use strict";
  var style = JSON.parse(document.getElementById("figure-style").textContent);
  var coarse = window.matchMedia("(pointer: coarse)").matches;
  var root = document.documentElement;
  root.dataset.figures = "0";

  function draw(box) {
    if (box.dataset.drawn) return;
    box.dataset.drawn = "yes";
    var figure = JSON.parse(document.getElementById(box.id + "-json").textContent);
    figure.layout.template = style;
    figure.layout.height = figure.height;
    // A drag on a touch screen scrolls the page; it must not zoom a figure by accident.
    if (coarse) figure.layout.dragmode = false;
    Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false, responsive: true }).then(
      function () { root.dataset.figures = String(Number(root.dataset.figures) + 1); },
      function (error) { root.dataset.failed = String(error); }
    );
  }

  var boxes = Array.prototype.slice.call(document.querySelectorAll(".chart"));
  function drawAll() { boxes.forEach(draw); }
  if ("IntersectionObserver" in window) {
    var watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (entry.isIntersecting) { draw(entry.target); watcher.unobserve(entry.target); }
      });
    }, { rootMargin: "600px" });
    boxes.forEach(function (box) { watcher.observe(box); });
  } else {
    drawAll();
  }

  // Print what nobody has scrolled to as well, at the width of the paper.
  window.addEventListener("beforeprint", function () {
    drawAll();
    boxes.forEach(function (box) {
      Plotly.relayout(box, { width: box.closest(".panel") ? 212 : 690 });
    });
  });
  window.addEventListener("afterprint", function () {
    boxes.forEach(function (box) { Plotly.relayout(box, { autosize: true, width: null }); });
  });

  // The section that is read is marked in the table of contents.
  var links = {};
  document.querySelectorAll(".toc a").forEach(function (link) { links[link.hash.slice(1)] = link; });
  if ("IntersectionObserver" in window) {
    var reading = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting || !links[entry.target.id]) return;
        Object.keys(links).forEach(function (id) { links[id].removeAttribute("aria-current"); });
        links[entry.target.id].setAttribute("aria-current", "true");
      });
    }, { rootMargin: "-10% 0px -80% 0px" });
    document.querySelectorAll(".section").forEach(function (section) { reading.observe(section); });
  }
})();
