// First run: whether the two clocks agree, and slips on paper.
(() => {
  const says = document.getElementById("clock-says");
  if (says) {
    const minutes = Math.round(Math.abs(Number(document.body.dataset.now) - Date.now() / 1000) / 60);
    says.textContent = minutes ? says.dataset.off.replace("{minutes}", minutes) : says.dataset.same;
    says.classList.toggle("bad", minutes > 0);
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });
})();
