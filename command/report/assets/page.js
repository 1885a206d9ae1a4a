
"use strict";
// Texts of machines are in the page already, as text: nothing here makes HTML of them.
const root = document.documentElement;
root.classList.add("scripted");
const views = [...document.querySelectorAll(".view")];
const links = [...document.querySelectorAll("[data-view]")];

function show() {
  const wanted = views.find((view) => "#" + view.id === location.hash) || views[0];
  for (const view of views) view.hidden = view !== wanted;
  for (const link of links) {
    if (link.hash === "#" + wanted.id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
addEventListener("hashchange", () => { show(); scrollTo(0, 0); });
show();

for (const list of document.querySelectorAll("[role=tablist]")) {
  const tabs = [...list.children];
  const select = (chosen, focus) => {
    for (const tab of tabs) {
      const on = tab === chosen;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
    }
    if (focus) chosen.focus();
  };
  tabs.forEach((tab, at) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select(tabs[(to + tabs.length) % tabs.length], true);
    });
  });
  select(tabs[0]);
}

function searchLog(pre) {
  const whole = [...pre.childNodes];
  const lines = pre.textContent.split("\n");
  return (query) => {
    if (!query) { pre.replaceChildren(...whole); return ""; }
    const found = [];
    let count = 0;
    lines.forEach((line, at) => {
      const lower = line.toLowerCase();
      let from = lower.indexOf(query);
      if (from < 0) return;
      count += 1;
      if (count > 2000) return;
      const number = document.createElement("i");
      number.textContent = at + 1;
      found.push(number);
      // A letter whose lower case is longer would move what is marked.
      let done = 0;
      while (from >= 0 && lower.length === line.length) {
        const mark = document.createElement("mark");
        mark.textContent = line.slice(from, from + query.length);
        found.push(line.slice(done, from), mark);
        done = from + query.length;
        from = lower.indexOf(query, done);
      }
      found.push(line.slice(done) + "\n");
    });
    pre.replaceChildren(...found);
    return count === 1 ? "1 line" : count + " lines";
  };
}

function searchRows(rows) {
  const texts = rows.map((row) => row.textContent.toLowerCase());
  return (query) => {
    let count = 0;
    rows.forEach((row, at) => {
      row.hidden = !texts[at].includes(query);
      if (!row.hidden) count += 1;
    });
    return query ? count + " of " + rows.length : "";
  };
}

for (const input of document.querySelectorAll("[data-search]")) {
  const panel = input.closest(".panel");
  const search = input.dataset.search === "log"
    ? searchLog(panel.querySelector("pre"))
    : searchRows([...panel.querySelectorAll("tbody tr")]);
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      input.parentElement.querySelector("output").textContent = search(input.value.toLowerCase());
    }, 60);
  });
}
addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.matches("input")) return;
  const field = [...document.querySelectorAll("[data-search]")].find((one) => one.offsetParent);
  if (field) { event.preventDefault(); field.focus(); }
});

// The choice is kept where the browser lets a file keep one.
const button = document.getElementById("theme");
const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const kept = (value) => {
  try {
    if (value) localStorage.setItem("theme", value);
    return localStorage.getItem("theme");
  } catch { return null; }
};
if (["light", "dark"].includes(kept())) root.dataset.theme = kept();
button.setAttribute("aria-pressed", dark());
button.addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
  button.setAttribute("aria-pressed", dark());
  kept(root.dataset.theme);
});
