// Requests the address `arguments[0]` in every way in which a page can without naming its origin, and returns a list of
// `{ what, came_back }`: what the page could notice of the answer, or null.

const url = arguments[0];

const loaded = (name, attributes) =>
  new Promise((resolve) => {
    const it = Object.assign(document.createElement(name), attributes);
    it.onload = () => resolve(it);
    it.onerror = () => resolve(null);
    document.documentElement.append(it);
  });

/** What a frame shows after `navigate`, which gets the frame's name. */
const framed = async (navigate) => {
  const frame = await loaded('iframe', { name: `frame-${Math.random()}`, src: 'about:blank' });
  const arrived = new Promise((resolve) => (frame.onload = resolve));
  navigate(frame.name);
  await arrived;
  return frame.contentDocument?.body?.textContent || null;
};

const attempts = {
  'a picture': async () => (await loaded('img', { src: url })) && 'a picture',
  'a script': async () => (await loaded('script', { src: url })) && 'a script',
  'a module': async () => (await loaded('script', { type: 'module', src: url })) && 'a module',
  'a style sheet': async () => (await loaded('link', { rel: 'stylesheet', href: url })) && 'a style sheet',
  'a prefetch': async () => {
    await loaded('link', { rel: 'prefetch', href: url });
    return null;
  },
  'a video': () =>
    new Promise((resolve) => {
      const video = Object.assign(document.createElement('video'), { src: url });
      video.onloadeddata = () => resolve('a video');
      video.onerror = () => resolve(null);
    }),
  'a frame': async () => (await loaded('iframe', { src: url })).contentDocument?.body?.textContent || null,
  'a link': () =>
    framed((target) => {
      const link = Object.assign(document.createElement('a'), { href: url, target });
      document.documentElement.append(link);
      link.click();
    }),
  'a form': () =>
    framed((target) => {
      const form = Object.assign(document.createElement('form'), { action: url, method: 'get', target });
      document.documentElement.append(form);
      form.submit();
    }),
  'a posted form': () =>
    framed((target) => {
      const form = Object.assign(document.createElement('form'), { action: url, method: 'post', target });
      document.documentElement.append(form);
      form.submit();
    }),
  'an opaque fetch': async () => (await (await fetch(url, { mode: 'no-cors' })).text()) || null,
  'an opaque post': async () => (await (await fetch(url, { mode: 'no-cors', method: 'POST', body: '{}' })).text()) || null,
  'a readable fetch': async () => (await fetch(url)).text(),
  'a beacon': async () => {
    navigator.sendBeacon(url, '{}');
    return null;
  },
};

return (async () => {
  const came_back = [];
  for (const [what, attempt] of Object.entries(attempts)) {
    came_back.push({ what, came_back: await attempt().catch(() => null) });
  }
  return came_back;
})();
