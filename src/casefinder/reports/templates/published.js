(function () {
  "use strict";
  var form = document.getElementById("finder");
  var input = document.getElementById("find");
  var status = document.getElementById("found");
  var named = Array.prototype.slice.call(document.querySelectorAll("[data-name]"));
  var names = Array.prototype.map.call(document.querySelectorAll("#names option"), function (one) { return one.value; });

  function matching(text) {
    var asked = text.trim().toLowerCase();
    if (!asked) { return []; }
    var exact = names.filter(function (name) { return name.toLowerCase() === asked; });
    return exact.length ? exact : names.filter(function (name) { return name.toLowerCase().indexOf(asked) >= 0; });
  }

  function show() {
    var wanted = matching(input.value);
    named.forEach(function (one) {
      var found = wanted.indexOf(one.dataset.name) >= 0;
      one.classList.toggle("found", found);
      if (found && one.tagName !== "TR") { one.parentNode.appendChild(one); }
    });
    if (!input.value.trim()) { status.textContent = ""; return; }
    status.textContent = wanted.length === 1 ? wanted[0] + " is marked." : wanted.length + " found.";
  }

  var DRAWN = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size",
    "font-weight", "text-anchor"];

  function standalone(svg) {
    var copy = svg.cloneNode(true);
    var from = [svg].concat(Array.prototype.slice.call(svg.querySelectorAll("*")));
    var to = [copy].concat(Array.prototype.slice.call(copy.querySelectorAll("*")));
    from.forEach(function (one, place) {
      var style = window.getComputedStyle(one);
      DRAWN.forEach(function (name) { to[place].setAttribute(name, style.getPropertyValue(name)); });
      to[place].removeAttribute("class");
      to[place].removeAttribute("tabindex");
    });
    var box = svg.viewBox.baseVal;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    var paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    paper.setAttribute("width", box.width);
    paper.setAttribute("height", box.height);
    paper.setAttribute("fill", "#ffffff");
    copy.insertBefore(paper, copy.firstChild);
    return { address: "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(copy)), box: box };
  }

  function offer(address, name) {
    var link = document.createElement("a");
    link.href = address;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    document.body.removeChild(link);
  }

  function save(figure, kind) {
    var drawn = standalone(figure.querySelector("svg"));
    var name = figure.dataset.chart + "." + kind;
    if (kind === "svg") { offer(drawn.address, name); return; }
    var image = new Image();
    image.onload = function () {
      var canvas = document.createElement("canvas");
      canvas.width = drawn.box.width * 2;
      canvas.height = drawn.box.height * 2;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      offer(canvas.toDataURL("image/png"), name);
    };
    image.src = drawn.address;
  }

  function walk(svg) {
    var points = Array.prototype.slice.call(svg.querySelectorAll(".point, .path"));
    points.forEach(function (one, place) {
      one.setAttribute("tabindex", place ? "-1" : "0");
      one.addEventListener("keydown", function (event) {
        var step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step) { return; }
        event.preventDefault();
        var next = points[(place + step + points.length) % points.length];
        one.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      });
      one.addEventListener("focus", function () { status.textContent = one.getAttribute("aria-label"); });
    });
  }

  document.querySelectorAll("figure[data-chart]").forEach(function (figure) {
    walk(figure.querySelector("svg"));
    figure.querySelector(".save").hidden = false;
    figure.querySelectorAll("[data-save]").forEach(function (button) {
      button.addEventListener("click", function () { save(figure, button.dataset.save); });
    });
  });
  if (names.length) {
    form.hidden = false;
    input.addEventListener("input", show);
    form.addEventListener("reset", function () { setTimeout(show, 0); });
    form.addEventListener("submit", function (event) { event.preventDefault(); });
  }
}());
