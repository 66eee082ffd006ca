// What a receipt will change, as it is typed. Without this script the buttons do the same.
(() => {
  const form = document.getElementById("receipt");
  const button = document.getElementById("main-button");
  const donor = document.getElementById("donor");
  const showOpen = form.querySelector("[name=show_open]");
  let asked = 0;

  async function preview() {
    const mine = ++asked;
    const answer = await fetch(form.dataset.preview, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Fragment": "change" },
    });
    if (!answer.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const panel = page.getElementById("change");
    if (!panel) return;
    document.getElementById("change").replaceWith(panel);
    button.textContent = panel.dataset.button || button.dataset.plain;
  }

  showOpen.closest("p").hidden = true;
  donor.addEventListener("change", () => form.requestSubmit(showOpen));
  form.addEventListener("change", (event) => {
    if (event.target !== donor && form.elements.amount.value) preview().catch(() => {});
  });
})();
