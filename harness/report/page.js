
'use strict';
(() => {
  const filter = document.querySelector('.filter');
  const input = filter.querySelector('input');
  const chips = [...filter.querySelectorAll('.chip')];
  const all = filter.querySelector('.all');
  const output = filter.querySelector('output');
  const rows = [...document.querySelectorAll('.row[data-verdict]')];
  const texts = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));

  const apply = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(chips.filter(c => c.ariaPressed === 'true').map(c => c.dataset.verdict));
    let shown = 0;
    for (const row of rows) {
      const fits = (wanted.size === 0 || wanted.has(row.dataset.verdict)) && words.every(w => texts.get(row).includes(w));
      row.hidden = !fits;
      if (fits) shown++;
    }
    for (const heading of document.querySelectorAll('.vendor')) {
      let next = heading.nextElementSibling;
      let empty = true;
      for (; next && next.matches('.row'); next = next.nextElementSibling) empty &&= next.hidden;
      heading.hidden = empty;
    }
    output.value = shown === rows.length ? '' : `${shown} of ${rows.length} rows`;
  };

  let typing;
  input.addEventListener('input', () => { clearTimeout(typing); typing = setTimeout(apply, 120); });
  for (const chip of chips) {
    chip.addEventListener('click', () => {
      chip.ariaPressed = chip.ariaPressed === 'true' ? 'false' : 'true';
      apply();
    });
  }

  const open = (wanted) => { for (const row of document.querySelectorAll('.row')) row.open = wanted; };
  all.addEventListener('click', () => {
    const opening = all.textContent === 'open all';
    open(opening);
    all.textContent = opening ? 'close all' : 'open all';
  });

  // A link into a closed or filtered row shows it.
  const reveal = () => {
    const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!row || !row.matches('.row')) return;
    row.hidden = false;
    row.open = true;
    row.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  filter.hidden = false;
  reveal();
})();
