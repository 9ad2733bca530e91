'use strict';
// The page is complete without this: tables become sortable, and services can be searched.
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.key === undefined ? cell.textContent.trim() : Number(cell.dataset.key);
  };
  const compare = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en', { numeric: true });
  for (const head of table.querySelectorAll('thead th[data-column]')) {
    const column = Number(head.dataset.column);
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending';
      for (const other of table.querySelectorAll('th[aria-sort]')) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const rows = [...body.rows].sort((a, b) => compare(key(a, column), key(b, column)) * (down ? -1 : 1));
      body.append(...rows);
    });
  }
}
const matrix = document.querySelector('table.matrix');
if (matrix && matrix.tBodies[0].rows.length > 5) {
  const label = document.createElement('label');
  label.textContent = 'Service or owner ';
  const input = document.createElement('input');
  input.type = 'search';
  label.append(input);
  const place = document.createElement('p');
  place.className = 'find';
  place.append(label);
  matrix.parentElement.before(place);
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of matrix.tBodies[0].rows) {
      row.hidden = ![row.cells[0], row.cells[1]].some((cell) => cell.textContent.toLowerCase().includes(wanted));
    }
  });
}
