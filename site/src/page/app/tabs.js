// Tabs with the usual controls: a click, the arrow keys, Home and End choose one (WAI-ARIA Authoring Practices, "Tabs").

/**
 * Makes the tabs of a list work. `aria-selected` marks the chosen one; its panel has the class `shown`.
 * @param {HTMLElement} list the element with the role `tablist`
 */
export function tabs(list) {
  const all = [...list.querySelectorAll("[role=tab]")];
  for (const tab of all) tab.addEventListener("click", () => choose(all, tab));
  list.addEventListener("keydown", (event) => {
    const next = destination(event.key, all.indexOf(event.target), all.length);
    if (next === null || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    choose(all, all[next]);
    all[next].focus();
  });
}

/** The tab that a key chooses among `count` tabs, with wrap-around; null for any other key. */
function destination(key, from, count) {
  switch (key) {
    case "ArrowRight":
      return (from + 1) % count;
    case "ArrowLeft":
      return (from + count - 1) % count;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

function choose(all, chosen) {
  for (const tab of all) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    // The Tab key moves to the chosen one, and then into its panel.
    tab.tabIndex = isChosen ? 0 : -1;
    document.getElementById(tab.getAttribute("aria-controls")).classList.toggle("shown", isChosen);
  }
}
