/*
 * Live updates: one socket per page says that something changed, and pages fetch the change themselves.
 * Everything arrives as a DOM event `happ:live` on the document: {type: "chat.changed" | "chat.typing" | … }.
 * A hint may be lost. So {type: "all"} follows every reconnect and every gap that the server's cursor shows, and
 * comes each 15 seconds while the socket is down.
 */

const notice = document.getElementById("live-notice");
const POLL = 15000;
const BEAT = 25000;
const PATIENCE = 10000;

let socket = null;
let attempt = 0;
let connectedBefore = false;
let seen = 0; // the last event that was heard of
let known = 0; // the last event that the server says there is
let timers = {};

function tell(detail) {
  document.dispatchEvent(new CustomEvent("happ:live", { detail }));
}

function later(name, milliseconds, action) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(action, milliseconds);
}

function connect() {
  clearTimeout(timers.connect);
  if (socket) return;
  socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/dashboard/`);
  socket.addEventListener("message", (event) => hear(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => lost(event.target));
  expect();
}

/** Whoever does not answer in time is gone, even if the line does not know it yet. */
function expect() {
  const current = socket;
  later("patience", PATIENCE, () => {
    current.close();
    lost(current);
  });
}

function beat() {
  later("beat", BEAT, () => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    socket.send('{"type":"ping"}');
    expect();
  });
}

function hear(frame) {
  clearTimeout(timers.patience);
  beat();
  if (frame.type === "ready") {
    attempt = 0;
    notice.hidden = true;
    clearTimeout(timers.notice);
    clearInterval(timers.poll);
    timers.poll = 0;
    seen = known = frame.cursor;
    // what happened between the drawing of the page and now was told to nobody here
    const drawn = document.querySelector("[data-cursor]")?.dataset.cursor;
    const missed = drawn ? frame.cursor > Number(drawn) : document.querySelector("[data-live-integration]") !== null;
    if (connectedBefore || missed) tell({ type: "all" });
    connectedBefore = true;
  } else if (frame.type === "pong") {
    // compared with the cursor of the last beat: what is older than that should have been heard by now
    if (known > seen) tell({ type: "all" });
    seen = Math.max(seen, known);
    known = frame.cursor;
  } else {
    if (typeof frame.id === "number") seen = Math.max(seen, frame.id);
    tell(frame);
  }
}

function lost(which) {
  if (which !== socket) return;
  socket = null;
  clearTimeout(timers.beat);
  clearTimeout(timers.patience);
  later("notice", attempt ? 0 : 1500, () => (notice.hidden = false));
  timers.poll ||= setInterval(() => tell({ type: "all" }), POLL);
  later("connect", Math.min(20000, 500 * 2 ** attempt) * (0.7 + Math.random() * 0.6), connect);
  attempt += 1;
}

function wake() {
  if (socket) return;
  attempt = 0;
  connect();
}

addEventListener("online", wake);
addEventListener("pageshow", wake);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());

/** The banner above every page says which channels are in trouble. */
document.addEventListener("happ:live", ({ detail }) => {
  if (detail.type !== "all" && detail.type !== "integration.changed") return;
  document.getElementById("troubles")?.dispatchEvent(new Event("happ:refresh"));
});

/** Pages that show how channels stand fetch that again; news that come together are asked about once. */
document.addEventListener("happ:live", ({ detail }) => {
  if (detail.type !== "all" && detail.type !== "integration.changed") return;
  timers.health ||= setTimeout(() => {
    timers.health = 0;
    for (const part of document.querySelectorAll("[data-live-integration]")) part.dispatchEvent(new Event("happ:refresh"));
  }, 300);
});

/** The menu says how many chats are unread; a burst of news is asked about once. */
document.addEventListener("happ:live", ({ detail }) => {
  if (detail.type !== "all" && detail.type !== "chat.changed") return;
  timers.badges ||= setTimeout(() => {
    timers.badges = 0;
    for (const badge of document.querySelectorAll("[data-badge]")) badge.dispatchEvent(new Event("happ:refresh"));
  }, 700);
});

/** Lists and pages of knowledge fetch themselves while something is read. */
document.addEventListener("happ:live", ({ detail }) => {
  if (detail.type !== "all" && detail.type !== "knowledge.changed") return;
  for (const part of document.querySelectorAll("[data-live-knowledge]")) {
    if (detail.type === "all" || part.dataset.liveKnowledge === detail.assistantId) part.dispatchEvent(new Event("happ:refresh"));
  }
});

if (notice) connect();
