/* The inbox and the test chat: fetch again what changed, keep the log at its end, and the composer. */

const inbox = document.querySelector("[data-inbox]");
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited") || "{}")["X-CSRFToken"];
const openChat = () => document.querySelector("[data-open-chat]")?.dataset.openChat;
const refresh = (element) => element?.dispatchEvent(new Event("happ:refresh"));

/** Many hints in a row cost one request: the first at once, the rest together a little later. */
function gathered(action, pause) {
  let waiting = false;
  let again = false;
  return () => {
    if (waiting) {
      again = true;
      return;
    }
    waiting = true;
    action();
    setTimeout(() => {
      waiting = false;
      if (again) {
        again = false;
        action();
      }
    }, pause);
  };
}

const refreshList = gathered(() => refresh(document.getElementById("chat-list")), 600);
const refreshChat = gathered(() => refresh(document.querySelector("[data-live-chat]")), 200);

// --- news ------------------------------------------------------------------------------------------------------------

document.addEventListener("happ:live", ({ detail }) => {
  const shown = document.querySelector("[data-live-chat]")?.dataset.liveChat;
  if (detail.type === "all") {
    refreshList();
    refreshChat();
  } else if (detail.type === "chat.changed") {
    refreshList();
    if (shown?.split(" ").includes(detail.chatId)) refreshChat();
  } else if (detail.type === "message.sending") {
    if (shown?.split(" ").includes(detail.chatId)) refreshChat();
  } else if (detail.type === "chat.typing") {
    showWriting(detail.chatId, detail.on);
  }
});

function showWriting(chatId, on) {
  const row = document.querySelector(`[data-row="${chatId}"]`);
  if (row) {
    row.querySelector("[data-writing]").hidden = !on;
    row.querySelector("[data-preview]").hidden = on;
  }
  const bubble = document.querySelector(`[data-writing-chat="${chatId}"]`);
  if (!bubble) return;
  keepingEnd(() => {
    bubble.hidden = !on;
    if (on) document.querySelector("[data-waiting]")?.remove();
  });
}

// --- the log ---------------------------------------------------------------------------------------------------------

let wasAtEnd = true;
let lastSeen = "";
const log = () => document.querySelector("[data-log]");
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

function toEnd() {
  const box = log();
  if (!box) return;
  box.scrollTop = box.scrollHeight;
  const jump = document.querySelector("[data-jump]");
  if (jump) jump.hidden = true;
}

function keepingEnd(change) {
  const box = log();
  const end = box && atEnd(box);
  change();
  if (end) toEnd();
}

const newest = () => [...document.querySelectorAll("#messages article")].at(-1)?.id ?? "";

/** What follows when a chat has come onto the page. */
function opened() {
  const pane = document.querySelector("[data-open-chat]");
  toEnd();
  lastSeen = newest();
  prepareComposer();
  if (!pane) return;
  inbox?.setAttribute("data-open", "");
  document.title = document.title.replace(/^.*?( · |$)/, `${pane.dataset.title} · `);
  for (const row of document.querySelectorAll(".chat-row")) {
    const current = row.closest("[data-row]").dataset.row === pane.dataset.openChat;
    if (current) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  markRead();
}

/** Some messengers take answers for a time only: then nothing can be written until the customer writes again. */
function lock() {
  const box = document.querySelector("[data-lockable]");
  if (box) box.disabled = document.querySelector("#chat-state [data-locked]") !== null;
}

setInterval(() => document.querySelector("[data-window]") && refreshChat(), 60000);

function changed() {
  lock();
  const latest = newest();
  if (latest !== lastSeen) {
    lastSeen = latest;
    const own = document.getElementById(latest)?.dataset.side === "team";
    if (wasAtEnd || own) toEnd();
    else document.querySelector("[data-jump]")?.removeAttribute("hidden");
    markRead();
  } else if (wasAtEnd) {
    toEnd();
  }
}

function markRead() {
  const chat = openChat();
  if (!chat || document.visibilityState !== "visible") return;
  const badge = document.querySelector(`[data-row="${chat}"] [aria-label].bg-primary`);
  if (!badge && inbox) return;
  fetch(`${inbox.dataset.readUrl}${chat}/read/`, { method: "POST", headers: { "X-CSRFToken": csrf() } }).catch(() => {});
}

document.addEventListener("scroll", (event) => {
  if (event.target !== log()) return;
  if (atEnd(event.target)) document.querySelector("[data-jump]")?.setAttribute("hidden", "");
}, true);

document.addEventListener("visibilitychange", markRead);

// a picture that loads later must not push the end out of view
document.addEventListener("load", (event) => {
  if (event.target.tagName === "IMG" && wasAtEnd && log()?.contains(event.target)) toEnd();
}, true);

// --- the composer ----------------------------------------------------------------------------------------------------

const composer = () => document.querySelector("[data-composer]");
const drafts = new Map(); // what was typed and not sent, by chat

function newKey() {
  return crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

function prepareComposer() {
  const form = composer();
  if (!form) return;
  form.elements.clientKey.value = newKey();
  const draft = drafts.get(openChat());
  if (draft) form.elements.text.value = draft;
  grow(form.elements.text);
  if (matchMedia("(pointer: fine)").matches) form.elements.text.focus({ preventScroll: true });
}

function grow(field) {
  if (!CSS.supports("field-sizing", "content")) {
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 192)}px`;
  }
  const counter = field.form.querySelector("[data-counter]");
  if (!counter) return;
  const limit = Number(field.dataset.limit);
  const length = field.value.length;
  counter.textContent = length > limit ? field.dataset.split : length > limit * 0.9 ? `${length} / ${limit}` : "";
}

function complain(text) {
  const place = document.getElementById("composer-error");
  place.replaceChildren();
  if (!text) return;
  const line = document.createElement("p");
  line.className = "tint-error rounded-field px-3 py-2 mb-2 text-xs";
  line.textContent = text;
  place.append(line);
}

/** As what a file goes, and why it does not: the same answer as the server's, before anything is sent. */
function examine(input, file, asSticker) {
  const freights = JSON.parse(input.dataset.freights);
  const main = file.type.split("/")[0];
  const takes = (freight) => freight.most && (!freight.takes.length || freight.takes.includes(file.type));
  let kind = asSticker ? "sticker" : ["image", "audio", "video"].includes(main) ? main : "document";
  if (!asSticker && !takes(freights[kind]) && takes(freights.document)) kind = "document";
  const freight = freights[kind];
  const mayBeSticker = main === "image" && takes(freights.sticker);
  if (!freight.most) return { reason: freight.refused };
  if (!takes(freight)) return { reason: freight.wrongType.replace("{mime}", file.type || file.name) };
  if (file.size > freight.most) return { reason: freight.tooLarge, mayBeSticker };
  return { note: freight.note, mayBeSticker };
}

/** The files of the message, from now on these: what the channel does not take is left out, with the reason. */
function choose(files) {
  const form = composer();
  const input = form?.elements.file;
  if (!input) return;
  complain("");
  input.closest("details")?.removeAttribute("open");
  if (form.elements.sticker) form.elements.sticker.checked = false;
  const reasons = new Set();
  const carrier = new DataTransfer();
  for (const file of files) {
    const reason = carrier.items.length < Number(input.dataset.most) ? examine(input, file, false).reason : input.dataset.tooMany;
    if (reason) reasons.add(files.length > 1 && reason !== input.dataset.tooMany ? `${file.name}: ${reason}` : reason);
    else carrier.items.add(file);
  }
  input.files = carrier.files;
  held.set(input, [...carrier.files]);
  preview(form);
  if (reasons.size) complain([...reasons].join(" "));
}

const held = new WeakMap(); // choosing more files replaces those of the input
const chosen = () => held.get(composer()?.elements.file) ?? [];

function preview(form) {
  const box = form.querySelector("[data-preview]");
  if (!box) return;
  const files = chosen();
  const place = box.querySelector("[data-chosen]");
  place.querySelectorAll("img[src]").forEach((image) => URL.revokeObjectURL(image.src));
  place.replaceChildren(...files.map((file) => pictured(box.querySelector("[data-chosen-file]"), file)));
  box.hidden = !files.length;
  if (!files.length) return;
  explain(form, files);
  form.elements.text.focus();
}

function pictured(template, file) {
  const tile = template.content.firstElementChild.cloneNode(true);
  const image = tile.querySelector("img");
  const name = tile.querySelector("[data-file-name]");
  const isPicture = file.type.startsWith("image/");
  if (isPicture) image.src = URL.createObjectURL(file);
  image.hidden = !isPicture;
  name.hidden = isPicture;
  name.querySelector("span").textContent = file.name;
  return tile;
}

/** What to know before they are sent, and as what they can go. */
function explain(form, files) {
  const input = form.elements.file;
  const found = files.map((file) => examine(input, file, Boolean(form.elements.sticker?.checked)));
  const choice = form.querySelector("[data-as-sticker]");
  if (choice) choice.hidden = files.length > 1 || !found[0].mayBeSticker;
  const notes = new Set(found.map(({ note }) => note).filter(Boolean));
  if (files.length > 1) notes.add(input.dataset.several);
  form.querySelector("[data-note]").textContent = [...notes].join(" ");
  complain(found.find(({ reason }) => reason)?.reason ?? "");
}

function cleared(form) {
  form.elements.text.value = "";
  form.elements.clientKey.value = newKey();
  drafts.delete(openChat());
  complain("");
  grow(form.elements.text);
  if (form.elements.stickerId) form.elements.stickerId.value = "";
  if (form.elements.file) {
    form.elements.file.value = "";
    held.delete(form.elements.file);
    if (form.elements.sticker) form.elements.sticker.checked = false;
    preview(form);
  }
  form.elements.text.focus();
}

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form || event.target.name !== "text" || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form || event.target.name !== "text") return;
  grow(event.target);
  if (openChat()) drafts.set(openChat(), event.target.value);
});

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-composer]");
  if (!form) return;
  if (event.target.type === "file") choose([...chosen(), ...event.target.files]);
  else if (event.target.name === "sticker") explain(form, chosen());
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || !event.target.closest?.("[data-composer]")) return;
  event.preventDefault();
  choose([...chosen(), ...files]);
});

document.addEventListener("click", (event) => {
  const removed = event.target.closest("[data-remove-file]")?.parentElement;
  if (removed) choose(chosen().filter((_, place) => removed.parentElement.children[place] !== removed));
  if (event.target.closest("[data-jump]")) toEnd();
  const toggle = event.target.closest("[data-toggles]");
  if (toggle) {
    const panel = document.getElementById(toggle.dataset.toggles);
    const open = panel.toggleAttribute("data-open");
    document.querySelectorAll(`[data-toggles="${panel.id}"][aria-expanded]`).forEach((each) => each.setAttribute("aria-expanded", String(open)));
    if (open) panel.focus();
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-composer]");
  if (!form) return;
  if (!form.elements.text.value.trim() && !form.elements.file?.files.length && !form.elements.stickerId?.value) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// --- help from the AI ------------------------------------------------------------------------------------------------

/** What the AI wrote goes into the text box; people send it themselves, or take it back. */
function takeHelp() {
  const help = document.querySelector("#copilot [data-copilot-text]:not([data-taken])");
  const field = composer()?.elements.text;
  if (!help || !field) return;
  help.dataset.taken = "";
  help.dataset.copilotBefore = field.value;
  write(field, help.dataset.copilotText);
}

function write(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-closes-menu]")?.closest("details").removeAttribute("open");
  const undo = event.target.closest("[data-copilot-undo]");
  if (undo) write(composer().elements.text, undo.closest("[data-copilot-text]").dataset.copilotBefore);
  if (undo || event.target.closest("[data-dismiss]")) event.target.closest("[data-dismissible]").remove();
});

// --- htmx ------------------------------------------------------------------------------------------------------------

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.sourceElement.id === "chat-list") {
    // draw as many rows again as there are
    ctx.request.body.set("count", document.querySelectorAll("#chat-list [data-row]").length);
    if (openChat()) ctx.request.body.set("open", openChat());
  }
});

document.addEventListener("htmx:before:swap", (event) => {
  const box = log();
  if (box && !event.detail.ctx.sourceElement.id.startsWith("earlier-")) wasAtEnd = atEnd(box);
});

document.addEventListener("htmx:after:swap", (event) => {
  takeHelp();
  const { ctx } = event.detail;
  const target = ctx.target;
  if (ctx.response && ctx.response.status >= 400) return;
  if (target?.id === "chat-pane") opened();
  else if (target?.matches?.("[data-live-chat]")) changed();
  else if (target?.matches?.("[data-playground]")) opened();
});

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement;
  if (form.matches?.("[data-composer]") && ctx.response?.status < 300) cleared(form);
});

document.addEventListener("htmx:error", (event) => {
  const form = event.detail.ctx?.sourceElement;
  // the same key goes out again, so that a message that did arrive is not sent twice
  if (form?.matches?.("[data-composer]")) complain(form.dataset.failed || "");
});

opened();
