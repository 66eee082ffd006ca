// How far an import has come, while the page waits for its answer. Without this script the forms do the same.
(() => {
  const box = document.getElementById("import-progress");
  if (!box) return;
  const words = document.getElementById("import-progress-words");
  const bar = document.getElementById("import-progress-bar");

  function start(text) {
    if (text) words.textContent = text;
    box.hidden = false;
    bar.removeAttribute("value");
    document.querySelectorAll("main button").forEach((button) => {
      button.disabled = true;
    });
  }

  async function ask(url) {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const said = await answer.json();
    words.textContent = said.words;
    if (said.of) {
      bar.max = said.of;
      bar.value = Math.min(said.done, said.of);
    } else {
      bar.removeAttribute("value");
    }
  }

  function poll(url) {
    setInterval(() => ask(url).catch(() => {}), 500);
  }

  document.querySelectorAll("form[data-progress]").forEach((form) => {
    form.addEventListener("submit", () => {
      setTimeout(() => start(""));
      poll(form.dataset.progress);
    });
  });

  const upload = document.querySelector("form[data-upload]");
  if (!upload) return;

  // The file goes first, and says where it leads; what is wrong with it is said by the form sent plainly.
  async function send() {
    const body = new FormData(upload);
    start(words.dataset.sending);
    const answer = await fetch(upload.action, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
    });
    if (!answer.ok || !(answer.headers.get("Content-Type") || "").includes("json")) return false;
    const { next } = await answer.json();
    if (/^\/imports\/\d+$/.test(next)) poll(`${next}/progress`);
    window.location.assign(next);
    return true;
  }

  upload.addEventListener("submit", (event) => {
    event.preventDefault();
    send()
      .catch(() => false)
      .then((sent) => {
        if (!sent) upload.submit();
      });
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });
})();
