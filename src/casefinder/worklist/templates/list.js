(function () {
  "use strict";
  var form = document.getElementById("filters");
  var status = document.getElementById("showing");
  var practice = document.getElementById("filter-practice");
  var band = document.getElementById("filter-band");
  var isNew = document.getElementById("filter-new");
  var rows = document.querySelectorAll("[data-band]");
  var people = document.querySelectorAll("article[data-band]");

  function fits(one) {
    return (!practice || !practice.value || one.dataset.practice === practice.value) &&
      (!band.value || one.dataset.band === band.value) &&
      (!isNew || !isNew.checked || one.dataset.change === "new");
  }

  function show() {
    var shown = 0;
    rows.forEach(function (one) { one.hidden = !fits(one); });
    people.forEach(function (one) { shown += one.hidden ? 0 : 1; });
    status.textContent = shown === people.length ? "" : "Showing " + shown + " of " + people.length + " people.";
  }

  form.addEventListener("change", show);
  form.addEventListener("reset", function () { setTimeout(show, 0); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.hidden = false;
  show();
}());
