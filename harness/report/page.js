'use strict';
(() => {
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const find = one('#find'), sort = one('#sort'), shown = one('#shown'), openAll = one('#all'), list = one('#list');
  const chips = all('.chip');

  // What can be found: each scenario with its labels, those of its group included.
  const groups = all('.group', list);
  const rows = groups.flatMap((group) => all('.row', group).map((row) => ({
    row, group, labels: new Set(`${group.dataset.labels} ${row.dataset.labels}`.toLowerCase().split(' ')),
    took: Number(row.dataset.ms), grave: chips.length, words: null,
  })));
  const order = ['error', 'fail', 'inconclusive', 'deviation', 'pass', 'observed', 'not-applicable'];
  for (const r of rows) r.grave = order.findIndex((v) => r.labels.has('verdict:' + v));
  const flat = document.createElement('div');
  flat.className = 'flat';
  flat.hidden = true;
  list.append(flat);

  // The words of a scenario, those that are not elements yet included.
  const signs = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&#34;': '"', '&#39;': "'", '&#43;': '+' };
  const plain = (row) => {
    const hidden = all('noscript', row).map((text) => text.textContent.replace(/<[^>]*>/g, ' ').replace(/&[#\w]+;/g, (s) => signs[s] || s));
    return [...all('summary, .inside > :not(noscript)', row).map((e) => e.textContent), ...hidden].join(' ');
  };

  // The state of the list is in the URL, so that a link has it.
  const state = { filter: '', sort: '' };
  const address = () => {
    const parts = [];
    if (state.filter) parts.push('filter=' + encodeURIComponent(state.filter).replaceAll('%3A', ':').replaceAll('%20', '+').replaceAll('%2F', '/'));
    if (state.sort) parts.push('sort=' + state.sort);
    return '#' + (parts.join('&') || 'scenarios');
  };
  const stated = (hash) => /^#(filter|sort)=/.test(hash);
  const terms = () => state.filter.toLowerCase().split(/\s+/).filter((t) => t && t !== '&&');
  const keyed = /^(verdict|vendor|product|area|level|role|direction|req|cause|change|waived|blocked|id):./;

  const apply = () => {
    const words = [], wanted = new Map();
    for (const t of terms()) {
      if (!keyed.test(t)) { words.push(t); continue; }
      const key = t.slice(0, t.indexOf(':'));
      wanted.set(key, [...wanted.get(key) || [], t]);
    }
    const fits = (r) => {
      for (const some of wanted.values()) if (!some.some((t) => r.labels.has(t))) return false;
      if (words.length === 0) return true;
      r.words ??= (plain(r.row) + ' ' + [...r.labels].join(' ')).toLowerCase();
      return words.every((w) => r.words.includes(w));
    };
    const left = new Map();
    let n = 0;
    for (const r of rows) {
      const fit = fits(r);
      r.row.hidden = !fit;
      if (!fit) continue;
      n++;
      left.set(r.group, (left.get(r.group) || 0) + 1);
    }
    const narrowed = n < rows.length;
    for (const group of groups) {
      const of = left.get(group) || 0, part = one('.part', group);
      group.hidden = of === 0 || state.sort !== '';
      part.textContent = narrowed ? `${of} shown` : '';
      if (narrowed && of > 0 && n <= 60) group.open = true;
    }
    for (const shelf of all('.shelf', list)) {
      shelf.hidden = true;
      for (let e = shelf.nextElementSibling; e && e.matches('.group'); e = e.nextElementSibling) if (!e.hidden) shelf.hidden = false;
    }
    shown.value = narrowed ? `${n} of ${rows.length} scenarios` : `${n} scenarios`;
    for (const chip of chips) chip.ariaPressed = String(terms().includes(chip.dataset.term));
    if (find.value.trim() !== state.filter) find.value = state.filter;
    sort.value = state.sort;
    rove(list);
  };

  // In another order than the plan's, the list has no groups.
  const arrange = () => {
    flat.hidden = state.sort === '';
    if (state.sort === '') for (const r of rows) r.group.append(r.row);
    else {
      const by = state.sort === 'duration' ? (a, b) => b.took - a.took : (a, b) => a.grave - b.grave;
      flat.append(...[...rows].sort(by).map((r) => r.row));
    }
  };

  const go = (change, replace) => {
    const sorted = state.sort;
    Object.assign(state, change);
    history[replace ? 'replaceState' : 'pushState'](null, '', address());
    if (state.sort !== sorted) arrange();
    apply();
  };

  let typing;
  find.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => go({ filter: find.value.trim() }, stated(location.hash)), 150);
  });
  sort.addEventListener('change', () => go({ sort: sort.value }));
  for (const chip of chips) {
    chip.addEventListener('click', () => {
      const rest = state.filter.split(/\s+/).filter((t) => t && t !== chip.dataset.term);
      if (chip.ariaPressed !== 'true') rest.push(chip.dataset.term);
      go({ filter: rest.join(' ') });
    });
  }
  one('#reset').addEventListener('click', () => go({ filter: '', sort: '' }));
  openAll.addEventListener('click', async () => {
    const opening = openAll.dataset.open !== 'yes';
    for (const d of all('details', list)) if (!d.hidden) d.open = opening;
    if (opening) await Promise.all(rows.filter((r) => !r.row.hidden).map((r) => unpack(r.row)));
    openAll.dataset.open = opening ? 'yes' : 'no';
    openAll.textContent = opening ? 'Close all' : 'Open all, for print';
    rove(list);
  });

  // Links that lead to a group without scripting set the filter.
  for (const link of all('a[data-filter]')) {
    state.filter = link.dataset.filter;
    link.setAttribute('href', address());
  }
  state.filter = '';

  // What few will open stands in noscript, which is a text as long as there is scripting, and no elements: a page of ten
  // thousand scenarios opens at once. The drawings and players of scenarios in which nothing is wrong are packed, too.
  const parsed = (text) => new DOMParser().parseFromString(text, 'text/html').body.childNodes;
  const unpack = async (row) => {
    for (const text of all('noscript', row)) text.replaceWith(...parsed(text.textContent));
    for (const players of all('template.players', row)) players.replaceWith(players.content);
    const packed = one('template.packed', row);
    if (!packed) return;
    const place = packed.parentElement;
    const bytes = Uint8Array.from(atob(packed.content.textContent.trim()), (c) => c.charCodeAt(0));
    packed.remove();
    try {
      const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
      place.append(...parsed(text));
    } catch (fault) {
      place.textContent = `The drawing cannot be unpacked (${fault}); the ladder is a file of the evidence.`;
    }
  };
  addEventListener('toggle', (event) => {
    const box = event.target;
    if (box.open && box.matches('.row, .more')) unpack(box);
    if (box.matches('.row, .group')) rove(box.closest('.list'));
  }, true);

  // A list is one stop of the tab key; arrows move within it.
  const lines = (of) => all('.group > summary, .group[open] > .row > summary, :not(.group) > .row > summary', of).filter((s) => s.checkVisibility());
  const rove = (of, to) => {
    const current = to || one('summary[data-stop]', of);
    const stop = current && current.checkVisibility() ? current : all('.group > summary, .row > summary', of).find((s) => s.checkVisibility());
    for (const old of all('summary[data-stop]', of)) if (old !== stop) { old.tabIndex = -1; delete old.dataset.stop; }
    if (stop) { stop.tabIndex = 0; stop.dataset.stop = ''; }
  };
  for (const of of all('.list')) {
    for (const s of all('.group > summary, .row > summary', of)) s.tabIndex = -1;
    rove(of);
    of.addEventListener('focusin', (event) => { if (event.target.matches('.group > summary, .row > summary')) rove(of, event.target); });
    of.addEventListener('keydown', (event) => {
      const here = event.target;
      if (!here.matches('.group > summary, .row > summary') || event.ctrlKey || event.metaKey || event.altKey) return;
      const steps = lines(of), at = steps.indexOf(here), box = here.parentElement;
      let to;
      switch (event.key) {
        case 'ArrowDown': to = steps[at + 1]; break;
        case 'ArrowUp': to = steps[at - 1]; break;
        case 'Home': to = steps[0]; break;
        case 'End': to = steps[steps.length - 1]; break;
        case 'ArrowRight': if (box.open) to = steps[at + 1]; else box.open = true; break;
        case 'ArrowLeft': if (box.open) box.open = false; else to = box.parentElement.closest('.group')?.firstElementChild; break;
        default: return;
      }
      event.preventDefault();
      if (to) { rove(of, to); to.focus(); }
    });
  }

  // A link into what is closed, or left out by the filter, shows it.
  const reveal = (target) => {
    for (let e = target; e; e = e.parentElement) {
      if (e.matches('.row, .group') && e.hidden) { Object.assign(state, { filter: '', sort: '' }); arrange(); apply(); }
      if (e.matches('details')) e.open = true;
    }
    target.scrollIntoView();
    const summary = one('summary', target);
    if (summary && target.matches('.row, .group')) { rove(target.closest('.list'), summary); summary.focus({ preventScroll: true }); }
  };
  const follow = () => {
    if (stated(location.hash)) {
      const given = new URLSearchParams(location.hash.slice(1)), sorted = state.sort;
      state.filter = (given.get('filter') || '').trim();
      state.sort = ['duration', 'verdict'].includes(given.get('sort')) ? given.get('sort') : '';
      if (state.sort !== sorted) arrange();
      apply();
      one('#scenarios').scrollIntoView();
      return;
    }
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) reveal(target);
  };
  addEventListener('hashchange', follow);
  addEventListener('popstate', () => {
    if (location.hash && location.hash !== '#scenarios') return; // hashchange comes
    Object.assign(state, { filter: '', sort: '' });
    arrange();
    apply();
  });
  one('.filter').hidden = false;
  apply();
  follow();
})();
