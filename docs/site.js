// Tell each cell of a table the heading of its column: on a phone every row is a card (site.css). Tables of options have
// several lines for an option, those of rules two, whatever the width.
for (const table of document.querySelectorAll(".md-typeset table:not([class])")) {
  const headings = [...table.querySelectorAll("th")].map((heading) => heading.textContent.trim());
  if (headings.length === 7 && headings[0] === "Option") table.dataset.of = "options";
  if (headings.length === 6 && headings[0] === "Rule") table.dataset.of = "rules";
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.children].forEach((cell, index) => (cell.dataset.column = headings[index] || ""));
  }
}
// A picture leads to itself, where it has the whole window.
for (const image of document.querySelectorAll(".md-typeset p > img")) {
  const link = Object.assign(document.createElement("a"), { href: image.src });
  image.replaceWith(link);
  link.append(image);
  // Where a diagram is wider than the window, its middle says more than its left edge.
  const place = link.parentElement;
  if (image.alt === "diagram") place.scrollLeft = (place.scrollWidth - place.clientWidth) / 2;
}
