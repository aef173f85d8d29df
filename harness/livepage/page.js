'use strict';
// Each event has a whole section of the page, as HTML that the harness has made. What is the same stays, so that the
// reader's place, focus and selection do.
(() => {
  const at = (id) => document.getElementById(id);
  const state = at('state');
  const patience = 35000; // milliseconds; the harness lets hear of itself every ten seconds
  const sections = ['task', 'progress', 'wire', 'ladder', 'verdicts'].filter(at);
  const shown = {};
  let source, heard = 0, over = false;

  const tell = (text, kind) => {
    if (state.textContent !== text) state.textContent = text;
    state.className = kind;
  };

  const parse = (html) => {
    const fresh = document.createDocumentFragment();
    fresh.append(...new DOMParser().parseFromString(html, 'text/html').body.childNodes);
    return fresh;
  };

  const selecting = (box) => {
    const chosen = document.getSelection();
    return chosen && !chosen.isCollapsed && box.contains(chosen.anchorNode);
  };

  // replace shows a section and keeps what has not changed.
  const replace = (box, fresh) => {
    const kept = new Map();
    for (const node of box.querySelectorAll('[data-key]')) kept.set(node.dataset.key, node);
    for (const node of fresh.querySelectorAll('[data-key]')) {
      const old = kept.get(node.dataset.key);
      if (old && old.dataset.version === node.dataset.version) node.replaceWith(old);
    }
    const open = new Set([...box.querySelectorAll('details[open]')].map((node) => node.dataset.detail));
    for (const node of fresh.querySelectorAll('details')) node.open = open.has(node.dataset.detail);
    box.replaceChildren(fresh);
  };

  const showTask = (box, fresh) => {
    const now = fresh.querySelector('[data-task]'), before = box.querySelector('[data-task]');
    if (before && before.dataset.task === now.dataset.task) return;
    const focused = document.activeElement;
    const here = focused === document.body || box.contains(focused);
    box.replaceChildren(fresh);
    at('message').textContent = '';
    if (here) at('task-title').focus({preventScroll: true});
    const idle = now.classList.contains('idle');
    at('alert').textContent = idle ? now.dataset.said : 'To do now: ' + now.dataset.said;
    if (!idle && here) box.scrollIntoView({block: 'nearest'});
  };

  const showLadder = (box, fresh) => {
    const before = at('lines');
    const end = !before || before.scrollTop + before.clientHeight >= before.scrollHeight - 24;
    const top = before ? before.scrollTop : 0, left = before ? before.scrollLeft : 0;
    const focused = document.activeElement === before;
    box.replaceChildren(fresh);
    const lines = at('lines');
    if (!lines) return;
    lines.scrollTop = end ? lines.scrollHeight : top;
    lines.scrollLeft = left;
    if (focused) lines.focus({preventScroll: true});
  };

  const showVerdicts = (box, fresh) => {
    const known = new Set([...box.querySelectorAll('[data-key]')].map((node) => node.dataset.key));
    const fallen = [...fresh.querySelectorAll('[data-key]')].filter((node) => !known.has(node.dataset.key));
    replace(box, fresh);
    if (fallen.length === 1) at('said').textContent = fallen[0].dataset.said;
    if (fallen.length > 1) at('said').textContent = fallen.length + ' verdicts; the newest is ' + fallen[0].dataset.said;
  };

  const show = (name, html) => {
    const box = at(name);
    if (shown[name] === html || name !== 'task' && selecting(box)) return;
    shown[name] = html;
    const fresh = parse(html);
    const focused = document.activeElement;
    switch (name) {
      case 'task': return showTask(box, fresh);
      case 'ladder': return showLadder(box, fresh);
      case 'verdicts': showVerdicts(box, fresh); break;
      default: replace(box, fresh);
    }
    if (box.contains(focused)) focused.focus({preventScroll: true});
  };

  const hear = () => {
    heard = Date.now();
    tell('Up to date', 'good');
  };

  const connect = () => {
    if (source) source.close();
    heard = Date.now();
    source = new EventSource('events');
    source.onopen = hear;
    for (const name of sections) {
      source.addEventListener(name, (event) => { hear(); show(name, event.data); });
    }
    source.addEventListener('beat', hear);
    source.addEventListener('end', () => {
      over = true;
      source.close();
      tell('The harness has ended. What is shown is the last that it said.', 'quiet');
    });
    source.onerror = () => {
      if (!over) tell('The harness cannot be reached. What is shown may be old.', 'bad');
    };
  };

  // A browser that was refused, or hears nothing, tries again by itself.
  setInterval(() => {
    const silent = Date.now() - heard > patience;
    if (!over && (silent || source.readyState === EventSource.CLOSED)) connect();
  }, 5000);

  document.addEventListener('submit', async (event) => {
    event.preventDefault();
    const form = event.target, message = at('message');
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const buttons = at('task').querySelectorAll('button');
    for (const button of buttons) button.disabled = true;
    message.textContent = '';
    try {
      const answer = await fetch(form.action, {method: 'POST', body, headers: {Accept: 'text/plain'}});
      if (!answer.ok) message.textContent = await answer.text();
    } catch {
      message.textContent = 'The harness cannot be reached, so the answer was not taken.';
    }
    for (const button of buttons) button.disabled = false;
  });

  const lines = at('lines');
  if (lines) lines.scrollTop = lines.scrollHeight;
  connect();
})();
