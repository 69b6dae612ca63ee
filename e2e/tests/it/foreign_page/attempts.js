// Tries the control API at `arguments[0]` in every way in which a page can send a request, and returns a list of
// `{ what, came_back }`: the text that the page could read, or null.

const controls = arguments[0];
const advance = `${controls}/clock/advance`;
const hour = '{"seconds":3600}';

const fetched = async (url, options) => {
  const response = await fetch(url, options);
  return (await response.text()) || null;
};

const element = (name, attributes, parent = document.documentElement) =>
  new Promise((resolve) => {
    const it = Object.assign(document.createElement(name), attributes);
    it.onload = () => resolve(it);
    it.onerror = () => resolve(it);
    parent.append(it);
  });

/** Sends a form into a frame, as a page can without any script, and tries to read the frame. */
const formed = async (enctype, name, value) => {
  const frame = await element('iframe', { name: `frame-${Math.random()}`, src: 'about:blank' });
  const form = Object.assign(document.createElement('form'), {
    action: advance,
    method: 'post',
    enctype,
    target: frame.name,
  });
  form.append(Object.assign(document.createElement('input'), { name, value }));
  document.documentElement.append(form);
  const loaded = new Promise((resolve) => (frame.onload = resolve));
  form.submit();
  await loaded;
  return frame.contentDocument?.body?.textContent || null;
};

const listened = (url) =>
  new Promise((resolve) => {
    const source = new EventSource(url);
    const end = (result) => {
      source.close();
      resolve(result);
    };
    source.onopen = () => end('open');
    source.onerror = () => end(null);
  });

const json = { 'Content-Type': 'application/json' };
const attempts = {};
for (const path of ['/clock', '/journal', '/state', '/keys', '/apps', '/users', '/sign-in']) {
  attempts[`read ${path}`] = () => fetched(controls + path);
  attempts[`read ${path} with cookies`] = () => fetched(controls + path, { credentials: 'include' });
  attempts[`read ${path} opaquely`] = () => fetched(controls + path, { mode: 'no-cors' });
}
Object.assign(attempts, {
  'listen to events': () => listened(`${controls}/events`),
  'load as a script': async () => {
    let error = null;
    window.addEventListener('error', (event) => (error = event.lineno ? event.message : null), { once: true });
    await element('script', { src: `${controls}/users` });
    return error;
  },
  'load as a picture': async () => ((await element('img', { src: `${controls}/clock` })).naturalWidth ? 'a picture' : null),
  'load into a frame': async () => {
    const frame = await element('iframe', { src: `${controls}/state` });
    return frame.contentDocument?.body?.textContent || null;
  },
  'advance as JSON': () => fetched(advance, { method: 'POST', headers: json, body: hour }),
  'advance as text': () => fetched(advance, { method: 'POST', mode: 'no-cors', body: hour }),
  'advance as text that is JSON': () =>
    fetched(advance, { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain;a=application/json' }, body: hour }),
  'advance by a beacon': async () => {
    navigator.sendBeacon(advance, new Blob([hour], { type: 'text/plain' }));
    return null;
  },
  'advance by a JSON beacon': async () => {
    navigator.sendBeacon(advance, new Blob([hour], { type: 'application/json' }));
    return null;
  },
  'advance by a form': () => formed('application/x-www-form-urlencoded', 'seconds', '3600'),
  'advance by a form of text': () => formed('text/plain', '{"seconds":3600,"', '":0}'),
  'sign everybody in': () =>
    fetched(`${controls}/sign-in`, { method: 'PUT', headers: json, body: '{"mode":"automatic","username":"subscriber@example.com"}' }),
  'forget the journal': () => fetched(`${controls}/journal`, { method: 'DELETE', headers: json }),
  'reset all': () => fetched(`${controls}/state`, { method: 'DELETE', headers: json }),
});

return (async () => {
  const came_back = [];
  for (const [what, attempt] of Object.entries(attempts)) {
    came_back.push({ what, came_back: await attempt().catch(() => null) });
  }
  return came_back;
})();
