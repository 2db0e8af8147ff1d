(function () {
  "use strict";
  // What a mark says is its title, which browsers show late and telephones never: it is shown at once here.
  var said = new Map();
  document.querySelectorAll(".ask").forEach(function (mark) {
    var title = mark.querySelector("title");
    said.set(mark, title.textContent);
    title.remove();
  });
  var tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.appendChild(tip);
  var asked = null;

  function hide() {
    if (asked) asked.classList.remove("asked");
    asked = null;
    tip.hidden = true;
  }
  function show(mark, x, y) {
    if (asked !== mark) {
      hide();
      asked = mark;
      mark.classList.add("asked");
      tip.textContent = said.get(mark);
      tip.hidden = false;
    }
    var box = tip.getBoundingClientRect(), width = document.documentElement.clientWidth;
    var left = x + 14 + box.width > width - 8 ? x - 14 - box.width : x + 14;
    var top = y + 16 + box.height > window.innerHeight - 8 ? y - 16 - box.height : y + 16;
    tip.style.left = Math.max(8, Math.min(left, width - 8 - box.width)) + "px";
    tip.style.top = Math.max(8, top) + "px";
  }
  function follow(event) {
    var mark = event.target.closest ? event.target.closest(".ask") : null;
    if (mark) show(mark, event.clientX, event.clientY);
    else hide();
  }
  ["pointermove", "pointerdown"].forEach(function (name) { document.addEventListener(name, follow); });
  window.addEventListener("scroll", hide, { passive: true });

  // With the keyboard: a figure is reached by Tab, its marks by the arrows.
  document.addEventListener("keydown", function (event) {
    var chart = document.activeElement;
    if (!chart || !chart.classList.contains("chart")) return;
    if (event.key === "Escape") return hide();
    var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    var marks = Array.prototype.filter.call(chart.querySelectorAll(".ask"), function (mark) {
      return mark.getBoundingClientRect().width > 0;
    });
    if (!marks.length) return;
    var at = marks.indexOf(asked) + step;
    var mark = marks[Math.max(0, Math.min(at, marks.length - 1))];
    var box = mark.getBoundingClientRect();
    show(mark, box.left + box.width / 2, box.top + box.height / 2);
  });
  document.addEventListener("focusout", hide);

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
