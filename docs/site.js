// Tell each cell of a table the heading of its column: on a phone every row is a card (site.css).
for (const table of document.querySelectorAll(".md-typeset table:not([class])")) {
  const headings = [...table.querySelectorAll("th")].map((heading) => heading.textContent.trim());
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.children].forEach((cell, index) => (cell.dataset.column = headings[index] || ""));
  }
}
