// "/" leads to the search box, unless one is typing. Without this script the box works the same.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const here = event.target;
  if (here.isContentEditable || /^(input|select|textarea)$/i.test(here.tagName)) return;
  const shown = [...document.querySelectorAll("#find, #q")].find((box) => box.offsetParent !== null);
  if (!shown) return;
  event.preventDefault();
  shown.focus();
  shown.select();
});
