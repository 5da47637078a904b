/*
 * The Happ chat widget. On a page:
 *   <script async src="https://…/widget/v1.js" data-channel="wgt_…"></script>
 * Optional: data-language="uk" (otherwise the visitor's own language), data-side="left".
 *
 * It needs nothing but its own origin in the page's policy (script-src, connect-src incl. wss:, img-src): styles are
 * constructed sheets in a shadow root, previews are drawn on a canvas, and every text is set as text, never as markup.
 *
 * A message has an id of its own (clientId) from the first moment and stays in the outbox until the server says that
 * it is stored, across reconnects and reloads: nothing is lost, and the server drops what it has already.
 */
(() => {
  "use strict";

  const script = document.currentScript;
  const channel = script?.dataset.channel;
  if (!channel) {
    console.warn("Happ widget: the script tag needs data-channel.");
    return;
  }
  const marker = `happ-widget-${channel}`;
  if (document.getElementById(marker)) return;

  const origin = new URL(script.src).origin;
  const base = `${origin}/widget/${encodeURIComponent(channel)}`;

  // --- words -----------------------------------------------------------------------------------------------------

  const WORDS = {
    en: {
      open: "Open the chat",
      unread: (count) => `Open the chat: ${count} unread`,
      close: "Close the chat",
      placeholder: "Write a message…",
      send: "Send",
      picture: "Add a picture",
      removePicture: "Remove the picture",
      pictureFromTeam: "Picture",
      yourPicture: "Your picture",
      messages: "Messages",
      empty: "Write your question: we answer right here.",
      you: "You",
      assistant: "Assistant",
      human: "Team",
      typing: "is writing",
      sending: "Sending…",
      sent: "Sent",
      notSent: "Not sent.",
      again: "Try again",
      offline: "No connection. Your messages will be sent as soon as it is back.",
      connecting: "Connecting…",
      tooLong: (limit) => `A message can have ${limit} characters at most.`,
      left: (count) => `${count} left`,
      tooLarge: (megabytes) => `The picture is too large: ${megabytes} MB at most.`,
      wrongType: (kinds) => `This file cannot be sent. Pictures only: ${kinds}.`,
      unreadable: "This picture cannot be read.",
      today: "Today",
      yesterday: "Yesterday",
      newBelow: "New messages",
    },
    uk: {
      open: "Відкрити чат",
      unread: (count) => `Відкрити чат: непрочитаних — ${count}`,
      close: "Закрити чат",
      placeholder: "Напишіть повідомлення…",
      send: "Надіслати",
      picture: "Додати зображення",
      removePicture: "Прибрати зображення",
      pictureFromTeam: "Зображення",
      yourPicture: "Ваше зображення",
      messages: "Повідомлення",
      empty: "Напишіть своє запитання: ми відповімо просто тут.",
      you: "Ви",
      assistant: "Асистент",
      human: "Команда",
      typing: "пише",
      sending: "Надсилається…",
      sent: "Надіслано",
      notSent: "Не надіслано.",
      again: "Спробувати ще раз",
      offline: "Немає з’єднання. Повідомлення надішлються, щойно воно відновиться.",
      connecting: "З’єднання…",
      tooLong: (limit) => `Повідомлення може мати щонайбільше ${limit} символів.`,
      left: (count) => `Залишилося: ${count}`,
      tooLarge: (megabytes) => `Зображення завелике: щонайбільше ${megabytes} МБ.`,
      wrongType: (kinds) => `Цей файл не надіслати. Лише зображення: ${kinds}.`,
      unreadable: "Не вдалося прочитати зображення.",
      today: "Сьогодні",
      yesterday: "Учора",
      newBelow: "Нові повідомлення",
    },
  };
  const asked = (script.dataset.language || navigator.language || "en").slice(0, 2).toLowerCase();
  const language = asked in WORDS ? asked : "en";
  const words = WORDS[language];

  // --- what survives a reload --------------------------------------------------------------------------------------

  const store = {
    key: (name) => `happ.${channel}.${name}`,
    get(name) {
      try {
        return localStorage.getItem(store.key(name));
      } catch {
        return store.memory.get(name) ?? null;
      }
    },
    set(name, value) {
      try {
        localStorage.setItem(store.key(name), value);
      } catch {
        store.memory.set(name, value);
      }
    },
    remove(name) {
      try {
        localStorage.removeItem(store.key(name));
      } catch {
        store.memory.delete(name);
      }
    },
    names(prefix) {
      const full = store.key(prefix);
      try {
        return Object.keys(localStorage).filter((key) => key.startsWith(full)).map((key) => key.slice(store.key("").length));
      } catch {
        return [...store.memory.keys()].filter((name) => name.startsWith(prefix));
      }
    },
    memory: new Map(),
  };

  /*
   * What was written and is not in the history yet. `accepted`: the server has it and must not get it again; it is
   * kept until the history shows it, because a page opened in that moment would miss it.
   */
  const outbox = {
    /** One key per message, so that two tabs never overwrite each other's. */
    add: (entry) => store.set(`out.${entry.clientId}`, JSON.stringify(entry)),
    drop: (clientId) => store.remove(`out.${clientId}`),
    accept(clientId) {
      const entry = outbox.all().find((each) => each.clientId === clientId);
      if (entry) outbox.add({ ...entry, accepted: true });
    },
    all() {
      const found = [];
      for (const name of store.names("out.")) {
        try {
          found.push(JSON.parse(store.get(name)));
        } catch {
          store.remove(name);
        }
      }
      return found.filter(Boolean).sort((a, b) => (a.at < b.at ? -1 : 1));
    },
    waiting: () => outbox.all().filter((each) => !each.accepted),
    forgetOld() {
      const old = new Date(Date.now() - 7 * 86400000).toISOString();
      for (const each of outbox.all()) if (each.accepted && each.at < old) outbox.drop(each.clientId);
    },
  };

  // --- state -------------------------------------------------------------------------------------------------------

  let config = null; // the session's answer
  let open = false;
  let ready = false; // the socket said so
  let stopped = false; // the server does not want this page
  const messages = new Map(); // server id -> message
  const bubbles = new Map(); // clientId or server id -> view of one message
  const uploads = new Map(); // clientId -> File not uploaded yet

  // --- HTTP --------------------------------------------------------------------------------------------------------

  class Refused extends Error {
    constructor(status, message) {
      super(message);
      this.status = status;
    }
  }

  async function call(path, options = {}) {
    const headers = { ...options.headers };
    if (config) headers.Authorization = `Visitor ${config.token}`;
    const response = await fetch(base + path, {
      ...options,
      headers,
      credentials: "omit",
      signal: AbortSignal.timeout(options.timeout ?? 20000),
    });
    let body = {};
    try {
      body = await response.json();
    } catch {
      // an answer without JSON is an error page of a proxy
    }
    if (!response.ok) throw new Refused(response.status, typeof body.error === "string" ? body.error : "");
    return body;
  }

  async function begin() {
    for (let attempt = 0; ; attempt += 1) {
      try {
        config = await call("/session/", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ token: store.get("token"), language, page: location.origin + location.pathname }),
        });
        store.set("token", config.token);
        return true;
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && error.status !== 429) {
          stopped = true;
          console.warn(`Happ widget: ${error.message || error.status}`);
          return false;
        }
        await pause(attempt);
      }
    }
  }

  function pause(attempt) {
    const wait = Math.min(30000, 1000 * 2 ** attempt) * (0.7 + Math.random() * 0.6);
    return new Promise((resolve) => setTimeout(resolve, wait));
  }

  async function catchUp() {
    // start a few messages early: two that were written at the same moment may be stored in either order
    const known = [...messages.keys()].sort();
    let after = known.length > 10 ? known[known.length - 10] : "";
    for (;;) {
      const { messages: page = [] } = await call(`/history/?after=${encodeURIComponent(after)}`);
      page.forEach(take);
      const last = page.length ? page[page.length - 1].id : after;
      if (page.length < 50 || last === after) break;
      after = last;
    }
    acknowledge();
  }

  // --- the socket --------------------------------------------------------------------------------------------------

  const line = {
    socket: null,
    attempt: 0,
    timer: 0,
    beat: 0,

    wanted: () => !stopped && config && (open || store.get("talked")),

    connect() {
      clearTimeout(line.timer);
      if (!line.wanted() || line.socket) return;
      const socket = new WebSocket(origin.replace(/^http/, "ws") + config.socket);
      line.socket = socket;
      socket.onopen = () => line.say({ type: "hello", token: config.token });
      socket.onmessage = (event) => {
        line.alive();
        try {
          line.hear(JSON.parse(event.data));
        } catch (error) {
          console.warn("Happ widget: a frame could not be used.", error);
        }
      };
      socket.onclose = (event) => line.lost(socket, event.code);
      // a server that never answers must not hold the line
      line.expect(15000);
    },

    say(frame) {
      if (line.socket?.readyState !== WebSocket.OPEN) return false;
      line.socket.send(JSON.stringify(frame));
      return true;
    },

    expect(milliseconds) {
      clearTimeout(line.beat);
      const socket = line.socket;
      line.beat = setTimeout(() => {
        socket.onclose = null;
        socket.close();
        line.lost(socket, 0);
      }, milliseconds);
    },

    alive() {
      clearTimeout(line.beat);
      line.beat = setTimeout(() => {
        if (line.say({ type: "ping" })) line.expect(10000);
      }, 25000);
    },

    lost(socket, code) {
      if (socket !== line.socket) return;
      clearTimeout(line.beat);
      line.socket = null;
      ready = false;
      view.typing(false);
      if (code === 4403) {
        stopped = true;
        return;
      }
      view.connection();
      const wait = Math.min(30000, 1000 * 2 ** line.attempt) * (0.7 + Math.random() * 0.6);
      line.attempt += 1;
      line.timer = setTimeout(line.connect, wait);
    },

    now() {
      line.attempt = 0;
      line.connect();
    },

    async hear(frame) {
      if (frame.type === "ready") {
        line.attempt = 0;
        ready = true;
        view.connection();
        try {
          await catchUp();
        } catch {
          // the next reconnect or page fetches it; sending goes on
        }
        flush();
      } else if (frame.type === "denied") {
        line.socket.onclose = null;
        line.socket.close();
        line.socket = null;
        ready = false;
        if (line.attempt++ > 5) stopped = true;
        else if (await begin()) line.timer = setTimeout(line.connect, 1000 * line.attempt);
      } else if (frame.type === "message") {
        take(frame.message);
        if (frame.message?.from !== "visitor") view.typing(false);
        acknowledge();
      } else if (frame.type === "typing") {
        view.typing(Boolean(frame.on));
      } else if (frame.type === "accepted") {
        outbox.accept(frame.clientId);
        bubbles.get(frame.clientId)?.state("sent");
      } else if (frame.type === "refused" && frame.clientId) {
        outbox.drop(frame.clientId);
        bubbles.get(frame.clientId)?.state("refused", String(frame.error || ""));
      } else if (frame.type === "ping") {
        line.say({ type: "pong" });
      }
    },
  };

  // --- messages ----------------------------------------------------------------------------------------------------

  /** A message of the server, heard live or read from the history; the same one twice changes nothing. */
  function take(message) {
    if (!message?.id || messages.has(message.id)) return;
    messages.set(message.id, message);
    if (message.clientId) outbox.drop(message.clientId);
    const known = message.clientId && bubbles.get(message.clientId);
    if (known) {
      bubbles.set(message.id, known);
      known.settle(message);
    } else {
      bubbles.set(message.id, view.add(message));
    }
    view.badge();
  }

  function acknowledge() {
    if (!ready) return;
    const theirs = [...messages.values()].filter((each) => each.from !== "visitor").map((each) => each.id).sort();
    report("received", "seen", theirs);
    if (open && document.visibilityState === "visible") report("read", "read", theirs);
    view.badge();
  }

  function report(type, mark, theirs) {
    const fresh = theirs.filter((id) => id > (store.get(mark) ?? ""));
    for (let start = 0; start < fresh.length; start += 50) line.say({ type, ids: fresh.slice(start, start + 50) });
    if (fresh.length) store.set(mark, fresh[fresh.length - 1]);
  }

  function unread() {
    const mark = store.get("read") ?? "";
    return [...messages.values()].filter((each) => each.from !== "visitor" && each.id > mark).length;
  }

  function write(text, picture) {
    const clientId = newId();
    const entry = { clientId, text, at: new Date().toISOString() };
    store.set("talked", "yes");
    bubbles.set(clientId, view.add({ ...entry, from: "visitor", canvas: picture?.canvas }));
    if (picture) uploads.set(clientId, { entry, file: picture.file });
    else outbox.add(entry);
    flush();
  }

  function newId() {
    if (crypto.randomUUID) return crypto.randomUUID();
    // pages without https have no randomUUID
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function flush() {
    for (const clientId of uploads.keys()) upload(clientId);
    if (!ready) return line.connect();
    for (const entry of outbox.waiting()) {
      show(entry);
      const { clientId, text, fileId } = entry;
      line.say({ type: "message", clientId, text, ...(fileId && { fileId }) });
    }
  }

  /** A message of this visitor that is not in the history yet, perhaps written in another tab. */
  function show(entry) {
    if (!bubbles.has(entry.clientId)) bubbles.set(entry.clientId, view.add({ ...entry, from: "visitor" }));
    if (entry.accepted) bubbles.get(entry.clientId).state("sent");
  }

  async function upload(clientId) {
    const waiting = uploads.get(clientId);
    if (!waiting || waiting.busy) return;
    waiting.busy = true;
    const body = new FormData();
    body.append("file", waiting.file);
    try {
      const { fileId } = await call("/files/", { method: "POST", body, timeout: 120000 });
      uploads.delete(clientId);
      outbox.add({ ...waiting.entry, fileId });
      flush();
    } catch (error) {
      waiting.busy = false;
      if (error instanceof Refused && error.status < 500) {
        uploads.delete(clientId);
        bubbles.get(clientId)?.state("refused", error.message);
      } else {
        bubbles.get(clientId)?.state("failed", "", () => upload(clientId));
      }
    }
  }

  // --- the view ----------------------------------------------------------------------------------------------------

  /** An element with attributes, listeners (`onclick`) and children; strings become text. */
  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  }

  function icon(...paths) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    for (const d of paths) {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", d);
      svg.append(path);
    }
    return svg;
  }

  const ICONS = {
    chat: ["M21 11.5a8.4 8.4 0 0 1-8.5 8.5 8.6 8.6 0 0 1-3.6-.8L3 21l1.8-5.6A8.2 8.2 0 0 1 4 11.5 8.4 8.4 0 0 1 12.5 3 8.4 8.4 0 0 1 21 11.5Z"],
    close: ["M18 6 6 18", "m6 6 12 12"],
    down: ["m6 9 6 6 6-6"],
    send: ["M4 12 20 4l-4 16-4.5-6.5Z", "M11.5 13.5 20 4"],
    picture: ["M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Z", "m4 16 4.5-4.5L16 19", "m13.5 16 2.5-2.5 4 4", "M15.5 8.6v.01"],
    again: ["M3 12a9 9 0 1 0 3-6.7L3 8", "M3 3v5h5"],
  };

  const LINK = /https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g;

  function textNodes(text) {
    const nodes = [];
    let from = 0;
    for (const match of text.matchAll(LINK)) {
      nodes.push(text.slice(from, match.index));
      nodes.push(make("a", { href: match[0], target: "_blank", rel: "noopener noreferrer nofollow" }, match[0]));
      from = match.index + match[0].length;
    }
    nodes.push(text.slice(from));
    return nodes;
  }

  const LOOKS = { bold: "b", italic: "i", underline: "u", strike: "s", code: "code", block: "code", quote: "em" };

  /** Text with marks on it (`{kind, start, end, ref}`, as JavaScript counts), which may overlap in any way. */
  function formatted(text, marks) {
    const known = Array.isArray(marks) ? marks.filter((mark) => mark.kind in LOOKS || (mark.kind === "link" && /^https?:/i.test(mark.ref))) : [];
    const bounds = [...new Set([0, text.length, ...known.flatMap((mark) => [mark.start, mark.end])])].sort((one, other) => one - other);
    return bounds.slice(1).flatMap((end, i) => {
      const on = known.filter((mark) => mark.start <= bounds[i] && mark.end >= end);
      const words = text.slice(bounds[i], end);
      const verbatim = on.some((mark) => ["link", "code", "block"].includes(mark.kind));
      return on.reduceRight((inside, mark) => {
        const look = mark.kind === "link" ? make("a", { href: mark.ref, target: "_blank", rel: "noopener noreferrer nofollow" }) : make(LOOKS[mark.kind]);
        look.append(...inside);
        return [look];
      }, verbatim ? [words] : textNodes(words));
    });
  }

  function safeImage(address) {
    try {
      const url = new URL(address, origin);
      return /^https?:$/.test(url.protocol) ? url.href : "";
    } catch {
      return "";
    }
  }

  const view = {
    picture: null,
    lastFocus: null,

    build() {
      const host = make("div", { id: marker });
      const root = host.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [sheet(STYLE), sheet(colours(config.colour))];
      view.count = make("span", { class: "count", "aria-hidden": "true", hidden: true });
      view.launcher = make("button", { class: "launcher", type: "button", "aria-expanded": "false", onclick: toggle },
        icon(...ICONS.chat), view.count);
      view.log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-label": words.messages, tabindex: "0", onscroll: view.scrolled });
      view.dots = make("div", { class: "line theirs typing", hidden: true },
        make("div", { class: "bubble dots" }, make("i"), make("i"), make("i"), make("span", { class: "quiet" }, `${words.assistant} ${words.typing}`)));
      view.log.append(config.greeting ? view.greet(config.greeting) : make("p", { class: "hint" }, words.empty), view.dots);
      view.jump = make("button", { class: "jump", type: "button", hidden: true, onclick: () => view.bottom(true) }, words.newBelow, icon(...ICONS.down));
      view.notice = make("div", { class: "notice", role: "status", hidden: true });
      view.problem = make("div", { class: "problem", role: "alert", hidden: true });
      view.preview = make("div", { class: "preview", hidden: true });
      view.field = make("textarea", {
        rows: "1", placeholder: words.placeholder, "aria-label": words.placeholder, enterkeyhint: "send",
        oninput: view.typed, onkeydown: view.key, onpaste: view.pasted,
      });
      view.left = make("span", { class: "left", hidden: true });
      view.chooser = make("input", { type: "file", accept: config.limits.imageTypes.join(","), tabindex: "-1", hidden: true, onchange: view.chosen });
      view.sendButton = make("button", { class: "send", type: "submit", "aria-label": words.send, title: words.send }, icon(...ICONS.send));
      const form = make("form", { class: "composer", onsubmit: view.submit },
        make("button", { class: "tool", type: "button", "aria-label": words.picture, title: words.picture, onclick: () => view.chooser.click() }, icon(...ICONS.picture)),
        view.chooser, make("div", { class: "box" }, view.field, view.left), view.sendButton);
      view.title = make("h2", {}, config.title);
      view.panel = make("section", { class: "panel", role: "dialog", "aria-label": config.title, hidden: true, onkeydown: view.panelKey, ondragover: (event) => event.preventDefault(), ondrop: view.dropped },
        make("header", {}, make("span", { class: "face", "aria-hidden": "true" }, icon(...ICONS.chat)), view.title,
          make("button", { class: "shut", type: "button", "aria-label": words.close, title: words.close, onclick: toggle }, icon(...ICONS.close))),
        view.notice, view.log, view.jump, view.problem, view.preview, form);
      if (script.dataset.side === "left") host.classList.add("left");
      root.append(make("div", { class: "frame", lang: language }, view.panel, view.launcher));
      document.body.append(host);
      view.root = root;
      view.badge();
    },

    greet: (text) => make("div", { class: "line theirs" }, make("div", { class: "bubble" }, ...textNodes(text))),

    /** Show a message; returns its handle. */
    add(message) {
      const mine = message.from === "visitor";
      const row = make("div", { class: `line ${mine ? "mine" : "theirs"}` });
      const bubble = make("div", { class: "bubble" });
      const foot = make("div", { class: "foot" });
      row.append(bubble, foot);
      row.at = message.at || new Date().toISOString();
      const follows = view.nearBottom();
      const handle = {
        body(current) {
          const image = current.imageUrl && safeImage(current.imageUrl);
          const parts = [];
          if (image) {
            const picture = make("img", { src: image, alt: mine ? words.yourPicture : words.pictureFromTeam, loading: "lazy", onload: () => follows && view.bottom() });
            parts.push(make("a", { href: image, target: "_blank", rel: "noopener noreferrer", class: "photo" }, picture));
          } else if (current.canvas) {
            parts.push(make("div", { class: "photo" }, current.canvas));
          } else if (current.fileId && mine) {
            parts.push(make("span", { class: "quietly" }, words.yourPicture));
          }
          if (current.text) parts.push(make("div", { class: "text" }, ...formatted(String(current.text), current.marks)));
          bubble.replaceChildren(make("span", { class: "quiet" }, `${mine ? words.you : words[current.from] ?? words.human}: `), ...parts);
        },
        state(name, error = "", retry = null) {
          const wasBelow = view.nearBottom();
          row.dataset.state = name;
          const parts = [];
          if (name === "sending") parts.push(words.sending);
          if (name === "sent") parts.push(`${words.sent} · ${clock(row.at)}`);
          if (name === "refused" || name === "failed") {
            parts.push(make("span", { class: "bad" }, `${words.notSent} ${error}`.trim()));
            const again = retry ?? (message.text && !message.canvas && !message.fileId ? () => { row.remove(); write(message.text); } : null);
            if (again) parts.push(make("button", { type: "button", class: "again", onclick: () => { handle.state("sending"); again(); } }, icon(...ICONS.again), words.again));
          }
          if (name === "settled") parts.push(mine ? `${words.sent} · ${clock(row.at)}` : `${words[message.from] ?? words.human} · ${clock(row.at)}`);
          foot.replaceChildren(...parts);
          if (row.isConnected) view.days();
          if (wasBelow) view.bottom();
        },
        settle(current) {
          message = { ...message, ...current };
          row.at = current.at || row.at;
          handle.body(current.imageUrl ? current : { ...current, canvas: message.canvas });
          handle.state("settled");
          view.place(row);
        },
      };
      handle.body(message);
      handle.state(message.id ? "settled" : "sending");
      view.place(row);
      if (mine && !message.id) view.bottom(true);
      else if (follows) view.bottom();
      else view.jump.hidden = mine;
      return handle;
    },

    /** Keep the lines in order of time; nearly always that is the end. */
    place(row) {
      row.remove();
      const lines = view.log.querySelectorAll(".line:not(.typing)");
      let before = view.dots;
      for (let index = lines.length - 1; index >= 0 && lines[index].at > row.at; index -= 1) before = lines[index];
      before.before(row);
      view.days();
    },

    /** A heading above each day, and a foot only under the last of a row by the same side. */
    days() {
      view.log.querySelectorAll(".day").forEach((each) => each.remove());
      let last = "";
      const lines = [...view.log.querySelectorAll(".line:not(.typing)")].filter((each) => each.at);
      lines.forEach((each, index) => {
        const day = new Date(each.at).toDateString();
        if (day !== last) each.before(make("div", { class: "day" }, dayName(each.at)));
        last = day;
        const next = lines[index + 1];
        const grouped = next && /^s(ent|ettled)$/.test(next.dataset.state) && next.className === each.className && Date.parse(next.at) - Date.parse(each.at) < 120000;
        each.toggleAttribute("data-grouped", Boolean(grouped && ["sent", "settled"].includes(each.dataset.state)));
      });
    },

    nearBottom: () => view.log.scrollHeight - view.log.scrollTop - view.log.clientHeight < 80,
    bottom(always = false) {
      view.log.scrollTop = view.log.scrollHeight;
      if (always) view.jump.hidden = true;
    },
    scrolled() {
      if (view.nearBottom()) view.jump.hidden = true;
    },

    typing(on) {
      clearTimeout(view.typingTimer);
      const follows = view.nearBottom();
      view.dots.hidden = !on;
      if (on && follows) view.bottom();
      if (on) view.typingTimer = setTimeout(() => view.typing(false), 60000);
    },

    badge() {
      const count = open ? 0 : unread();
      view.count.hidden = !count;
      view.count.textContent = count > 9 ? "9+" : String(count);
      view.launcher.setAttribute("aria-label", open ? words.close : count ? words.unread(count) : words.open);
    },

    connection() {
      clearTimeout(view.noticeTimer);
      if (ready) {
        view.notice.hidden = true;
        return;
      }
      // a blink of the line is nobody's business
      view.noticeTimer = setTimeout(() => {
        view.notice.textContent = navigator.onLine ? words.connecting : words.offline;
        if (line.attempt > 2) view.notice.textContent = words.offline;
        view.notice.hidden = ready;
      }, 1500);
    },

    complain(text) {
      view.problem.textContent = text;
      view.problem.hidden = !text;
    },

    typed() {
      view.field.style.height = "auto";
      view.field.style.height = `${Math.min(view.field.scrollHeight, 132)}px`;
      const limit = config.limits.text;
      const left = limit - view.field.value.length;
      view.left.hidden = left > limit * 0.1;
      view.left.textContent = words.left(left);
      if (left >= 0) view.complain("");
    },

    key(event) {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) view.submit(event);
    },

    submit(event) {
      event.preventDefault();
      const text = view.field.value.trim();
      if (!text && !view.picture) return;
      if (text.length > config.limits.text) return view.complain(words.tooLong(config.limits.text));
      const picture = view.picture;
      view.setPicture(null);
      view.field.value = "";
      view.typed();
      write(text, picture);
      view.field.focus();
    },

    async choose(file) {
      view.complain("");
      const { imageBytes, imageTypes } = config.limits;
      if (!imageTypes.includes(file.type)) {
        const kinds = imageTypes.map((type) => type.split("/")[1].toUpperCase()).join(", ");
        return view.complain(words.wrongType(kinds));
      }
      if (file.size > imageBytes) return view.complain(words.tooLarge(Math.floor(imageBytes / 1048576)));
      try {
        view.setPicture({ file, canvas: await drawn(file, 480) });
      } catch {
        view.complain(words.unreadable);
      }
    },

    setPicture(picture) {
      view.picture = picture;
      view.preview.hidden = !picture;
      view.chooser.value = "";
      if (!picture) return view.preview.replaceChildren();
      view.preview.replaceChildren(picture.canvas, make("button", { type: "button", "aria-label": words.removePicture, title: words.removePicture, onclick: () => view.setPicture(null) }, icon(...ICONS.close)));
      view.field.focus();
    },

    chosen: () => view.chooser.files[0] && view.choose(view.chooser.files[0]),
    pasted(event) {
      const file = [...event.clipboardData.files][0];
      if (!file) return;
      event.preventDefault();
      view.choose(file);
    },
    dropped(event) {
      event.preventDefault();
      const file = event.dataTransfer.files[0];
      if (file) view.choose(file);
    },

    panelKey(event) {
      if (event.key === "Escape") {
        event.stopPropagation();
        toggle();
      } else if (event.key === "Tab" && fullScreen()) {
        const stops = [...view.panel.querySelectorAll("button, textarea, a, [tabindex='0']")].filter((each) => each.offsetParent);
        const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
        if (view.root.activeElement !== edge) return;
        event.preventDefault();
        (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
      }
    },

    fit() {
      const screen = window.visualViewport;
      view.panel.style.height = open && fullScreen() && screen ? `${screen.height}px` : "";
    },
  };

  function fullScreen() {
    return matchMedia("(max-width: 480px)").matches;
  }

  async function drawn(file, most) {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
    const canvas = make("canvas", { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas;
  }

  function clock(at) {
    return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(at));
  }

  function dayName(at) {
    const date = new Date(at);
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
    if (days <= 0) return words.today;
    if (days === 1) return words.yesterday;
    return new Intl.DateTimeFormat(language, { day: "numeric", month: "long" }).format(date);
  }

  function toggle() {
    open = !open;
    view.panel.hidden = !open;
    view.launcher.setAttribute("aria-expanded", String(open));
    view.panel.toggleAttribute("aria-modal", open && fullScreen());
    view.launcher.classList.toggle("opened", open);
    view.launcher.replaceChildren(icon(...(open ? ICONS.down : ICONS.chat)), view.count);
    view.fit();
    view.badge();
    if (open) {
      view.bottom(true);
      // on a phone the keyboard would cover half of what there is to read
      if (matchMedia("(pointer: coarse)").matches) view.log.focus({ preventScroll: true });
      else view.field.focus({ preventScroll: true });
      line.now();
      view.connection();
      acknowledge();
    } else {
      view.launcher.focus({ preventScroll: true });
    }
  }

  // --- looks -------------------------------------------------------------------------------------------------------

  function sheet(text) {
    const made = new CSSStyleSheet();
    made.replaceSync(text);
    return made;
  }

  /** The company's colour, with a text colour that can be read on it; in between, where neither can, a shade darker. */
  function colours(value) {
    const colour = /^#[0-9a-f]{6}$/i.test(value) ? value : "#0b6e75";
    const linear = [1, 3, 5].map((start) => {
      const part = parseInt(colour.slice(start, start + 2), 16) / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    const darker = light > 0.182 && light < 0.245 ? 0.182 / light : 1;
    const shown = linear.map((part) => {
      const less = part * darker;
      return Math.floor(255 * (less <= 0.0031308 ? less * 12.92 : 1.055 * less ** (1 / 2.4) - 0.055) + 0.01);
    });
    return `:host { --colour: rgb(${shown.join(" ")}); --on-colour: ${light >= 0.245 ? "#14212a" : "#ffffff"}; }`;
  }

  const STYLE = `
    /* in a shadow root !important wins over the page's !important */
    :host { all: initial !important; display: block !important; position: fixed !important; z-index: 2147483000 !important; right: 20px !important; bottom: 20px !important; }
    :host(.left) { right: auto !important; left: 20px !important; }
    @media print { :host { display: none !important; } }
    *, *::before, *::after { box-sizing: border-box; }
    [hidden] { display: none !important; }
    .frame { font: 15px/1.45 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif;
      color: #17232b; text-align: left; letter-spacing: normal; -webkit-font-smoothing: antialiased; }
    button { font: inherit; color: inherit; border: 0; background: none; padding: 0; margin: 0; cursor: pointer; }
    svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; display: block; }
    :focus-visible { outline: 2px solid var(--colour); outline-offset: 2px; }
    .quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

    .launcher { position: relative; display: grid; place-items: center; width: 58px; height: 58px; margin-left: auto; border-radius: 50%;
      background: var(--colour); color: var(--on-colour); box-shadow: 0 6px 20px rgb(15 30 40 / .26); transition: transform .15s; }
    :host(.left) .launcher { margin-left: 0; }
    .launcher:hover { transform: scale(1.05); }
    .launcher:focus-visible { outline-offset: 3px; }
    .launcher svg { width: 27px; height: 27px; }
    .count { position: absolute; top: -3px; right: -3px; min-width: 21px; height: 21px; padding: 0 6px; border-radius: 11px; background: #d92d3a;
      color: #fff; font-size: 12px; font-weight: 650; line-height: 21px; text-align: center; box-shadow: 0 0 0 2px #fff; }

    .panel { position: absolute; right: 0; bottom: 72px; display: flex; flex-direction: column; width: 376px; height: min(620px, calc(100dvh - 112px));
      background: #fff; border-radius: 16px; overflow: hidden; box-shadow: 0 12px 48px rgb(15 30 40 / .24), 0 0 0 1px rgb(15 30 40 / .06);
      animation: rise .18s ease-out; }
    :host(.left) .panel { right: auto; left: 0; }
    @keyframes rise { from { opacity: 0; transform: translateY(10px); } }
    header { display: flex; align-items: center; gap: 10px; padding: 13px 12px 13px 16px; background: var(--colour); color: var(--on-colour); }
    header .face { display: grid; place-items: center; width: 34px; height: 34px; border-radius: 50%; background: rgb(255 255 255 / .18); }
    header .face svg { width: 19px; height: 19px; }
    h2 { flex: 1; min-width: 0; margin: 0; font-size: 16px; font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .shut { display: grid; place-items: center; width: 36px; height: 36px; border-radius: 10px; }
    .shut:hover { background: rgb(255 255 255 / .16); }
    .shut:focus-visible { outline-color: var(--on-colour); outline-offset: -2px; }
    .hint { margin: auto 24px; text-align: center; font-size: 13px; color: #5d6d77; }
    .notice { padding: 7px 16px; background: #fdf3dc; color: #6b4a05; font-size: 13px; text-align: center; }

    .log { position: relative; flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 14px 14px 8px; background: #f5f7f8; display: flex; flex-direction: column; gap: 8px; }
    .log:focus-visible { outline-offset: -3px; }
    .log > :first-child { margin-top: auto; }
    .day { align-self: center; margin: 8px 0 2px; font-size: 12px; color: #5d6d77; }
    .line { display: flex; flex-direction: column; max-width: 84%; }
    .mine { align-self: flex-end; align-items: flex-end; }
    .theirs { align-self: flex-start; align-items: flex-start; }
    .bubble { padding: 9px 13px; border-radius: 16px; overflow-wrap: anywhere; }
    .text { white-space: pre-wrap; }
    .theirs .bubble { background: #fff; border: 1px solid #e2e8eb; border-bottom-left-radius: 5px; }
    .mine .bubble { background: var(--colour); color: var(--on-colour); border-bottom-right-radius: 5px; }
    [data-state="sending"] .bubble { opacity: .72; }
    [data-state="refused"] .bubble, [data-state="failed"] .bubble { opacity: .6; }
    .bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; }
    .bubble code { padding: 1px 4px; border-radius: 5px; background: #0000000f; font-family: ui-monospace, monospace; font-size: .92em; }
    .photo { display: block; margin: -4px -8px 2px; }
    .photo img, .photo canvas { display: block; max-width: 100%; max-height: 260px; border-radius: 11px; background: #e7ecee; }
    .photo img { min-width: 90px; min-height: 60px; }
    .photo + .text { margin-top: 7px; }
    .foot { min-height: 0; margin: 3px 4px 0; font-size: 12px; color: #5d6d77; display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; }
    [data-grouped] .foot { display: none; }
    [data-grouped] { margin-bottom: -4px; }
    .bad { color: #b3202c; }
    .again { display: inline-flex; align-items: center; gap: 4px; color: #17232b; font-weight: 600; text-decoration: underline; text-underline-offset: 2px; }
    .again svg { width: 13px; height: 13px; }
    .dots { display: flex; gap: 5px; padding: 14px; }
    .dots i { width: 7px; height: 7px; border-radius: 50%; background: #7b8b94; animation: blink 1.2s infinite; }
    .dots i:nth-child(2) { animation-delay: .15s; }
    .dots i:nth-child(3) { animation-delay: .3s; }
    @keyframes blink { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; transform: translateY(-2px); } }
    .jump { align-self: center; display: flex; align-items: center; gap: 5px; margin: -38px 0 6px; padding: 5px 12px; border-radius: 16px; background: #17232b; color: #fff; font-size: 13px; z-index: 1; }
    .jump svg { width: 15px; height: 15px; }

    .problem { padding: 8px 16px; background: #fdeceb; color: #98202a; font-size: 13px; }
    .preview { position: relative; padding: 10px 14px 0; }
    .preview canvas { height: 72px; width: auto; max-width: 160px; object-fit: cover; border-radius: 10px; display: block; }
    .preview button { position: absolute; top: 4px; left: 8px; display: grid; place-items: center; width: 24px; height: 24px; border-radius: 50%; background: #17232b; color: #fff; }
    .preview svg { width: 14px; height: 14px; }
    .composer { display: flex; align-items: flex-end; gap: 6px; margin: 0; padding: 10px 10px calc(10px + env(safe-area-inset-bottom)); background: #fff; border-top: 1px solid #e6ebee; }
    .box { position: relative; flex: 1; min-width: 0; }
    textarea { display: block; width: 100%; min-height: 40px; max-height: 132px; margin: 0; padding: 9px 12px; resize: none; font: inherit; line-height: 1.4; color: inherit; background: #f2f5f6; border: 1px solid transparent; border-radius: 12px; }
    textarea::placeholder { color: #64747e; opacity: 1; }
    textarea:focus { outline: none; background: #fff; border-color: var(--colour); box-shadow: 0 0 0 1px var(--colour); }
    .left { position: absolute; right: 10px; bottom: 100%; margin-bottom: 4px; padding: 1px 7px; border-radius: 8px; background: #17232b; color: #fff; font-size: 12px; }
    .tool, .send { display: grid; place-items: center; width: 40px; height: 40px; border-radius: 12px; color: #4a5b66; flex: none; }
    .tool:hover { background: #f2f5f6; }
    .send { background: var(--colour); color: var(--on-colour); }
    .send svg { width: 20px; height: 20px; }

    @media (max-width: 480px) {
      .panel { position: fixed; inset: 0 0 auto 0; width: 100%; height: 100dvh; border-radius: 0; padding-top: env(safe-area-inset-top); background: var(--colour); }
      :host(.left) .panel { left: 0; }
      .launcher.opened { display: none; }
      textarea { font-size: 16px; }
    }
    @media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
    @media (forced-colors: active) { .launcher, .bubble, .panel { border: 1px solid; } }
  `;

  // --- start -------------------------------------------------------------------------------------------------------

  async function start() {
    if (!(await begin())) return;
    view.build();
    outbox.forgetOld();
    outbox.all().forEach(show);
    addEventListener("online", line.now);
    addEventListener("offline", view.connection);
    addEventListener("pageshow", line.now);
    addEventListener("storage", (event) => {
      if (event.key === store.key("read")) view.badge();
      else if (event.key?.startsWith(store.key("out.")) && event.newValue) show(JSON.parse(event.newValue));
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState !== "visible") return;
      line.now();
      acknowledge();
    });
    window.visualViewport?.addEventListener("resize", view.fit);
    line.connect();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
  else start();
})();
