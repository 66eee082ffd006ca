// All donors' papers, a few at a time. Without this script the button does the same.
(() => {
  const room = document.getElementById("bundle");
  const form = document.getElementById("bundle-form");
  const words = document.getElementById("bundle-words");
  const bar = document.getElementById("bundle-progress");
  if (!room || !form) return;

  async function next() {
    const answer = await fetch(room.dataset.next, {
      method: "POST",
      body: new URLSearchParams(new FormData(form)),
      headers: { "X-Fragment": room.dataset.fragment },
    });
    const said = await answer.json();
    if (!answer.ok) {
      words.textContent = said.error;
      return false;
    }
    words.textContent = said.words;
    bar.value = said.done;
    if (said.done === said.total) window.location.reload();
    return said.done < said.total;
  }

  async function all() {
    form.hidden = true;
    while (await next());
  }

  all().catch(() => {
    form.hidden = false;
  });
})();
