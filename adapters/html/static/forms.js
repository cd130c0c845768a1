// What a script adds to a form: the count of characters, the focus on the list of errors, a receipt that selects itself.
// It holds no sentence: they stand in the form's data. A form works without it.

const NEAR = 0.9; // of the limit: from here on the count is seen and spoken
const PAUSE = 1000; // milliseconds without a key, so that speech does not interrupt whoever writes

export function enhance(root) {
  for (const box of root.querySelectorAll("[data-longest]")) counted(box);
  for (const receipt of root.querySelectorAll("input[readonly]")) receipt.addEventListener("focus", () => receipt.select());
  const errors = root.querySelector("[data-errors]");
  errors?.removeAttribute("autofocus"); // of a page without a script: the browser complains where both move the focus
  errors?.focus();
}

function counted(box) {
  const told = document.getElementById(`${box.id}-limit`);
  if (!told) return;
  const { left, over } = box.form.dataset;
  const longest = Number(box.dataset.longest);
  const number = new Intl.NumberFormat(box.form.lang);
  const spoken = document.createElement("span");
  spoken.className = "form-unseen";
  spoken.setAttribute("role", "status");
  told.after(spoken);
  const limit = told.textContent;
  let waiting;

  const count = () => {
    const rest = longest - [...box.value].length; // code points, as the engine counts
    const isNear = rest < longest * (1 - NEAR);
    told.textContent = isNear ? `${rest < 0 ? over : left} ${number.format(Math.abs(rest))}` : limit;
    told.hidden = !isNear; // the box is still described by it
    told.classList.toggle("form-over", rest < 0);
    return isNear;
  };
  box.addEventListener("input", () => {
    const isNear = count();
    clearTimeout(waiting);
    waiting = setTimeout(() => (spoken.textContent = isNear ? told.textContent : ""), PAUSE);
  });
  count();
}
