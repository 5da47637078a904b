/* What every page needs: menus that close, theme, messages, copying, and asking before something is lost. */

const dialog = document.getElementById("confirm");

/** Where the keyboard goes on: at what is wrong with a form that came back, or in a part whose control went away. */
function lead(part) {
  const wrong = part.querySelector("[aria-invalid=true]");
  if (wrong) wrong.focus();
  else if (document.activeElement === document.body && part !== document) {
    part.querySelector("input:not([type=hidden]), select, .btn")?.focus();
  }
}

/** Ask in our own dialog; resolves to true only for an explicit yes. */
export function confirmed({ text, title, yes }) {
  const titleNode = dialog.querySelector("[data-confirm-title]");
  titleNode.dataset.default ??= titleNode.textContent;
  titleNode.textContent = title || titleNode.dataset.default;
  dialog.querySelector("[data-confirm-text]").textContent = text;
  const button = dialog.querySelector("[data-confirm-yes]");
  button.textContent = yes || button.dataset.default;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function toast(text, level = "info") {
  const piece = document.getElementById("toast-template").content.firstElementChild.cloneNode(true);
  piece.dataset.level = level;
  piece.querySelector("[data-toast-text]").textContent = text;
  document.getElementById("toasts").append(piece);
  fade(piece);
}

function fade(piece) {
  if (piece.dataset.level !== "error") setTimeout(() => piece.remove(), 6000);
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.open = false;
  }
}

function chooseTheme(choice) {
  const age = choice ? 31536000 : 0;
  document.cookie = `theme=${choice}; path=/; max-age=${age}; samesite=lax`;
  if (choice) document.documentElement.dataset.theme = choice === "dark" ? "happ-dark" : "happ";
  else delete document.documentElement.dataset.theme;
  markTheme();
}

function markTheme() {
  const current = { "happ-dark": "dark", happ: "light" }[document.documentElement.dataset.theme] ?? "";
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    const chosen = button.dataset.themeChoice === current;
    button.setAttribute("aria-pressed", chosen);
    button.classList.toggle("btn-primary", chosen);
    button.classList.toggle("bg-base-100", !chosen);
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
    toast(button.dataset.done, "success");
  } catch {
    // without a secure context there is no clipboard: select the text so that Ctrl-C takes it
    getSelection().selectAllChildren(source);
  }
}

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target.closest("details[data-menu]"));
  const theme = target.closest("[data-theme-choice]");
  if (theme) chooseTheme(theme.dataset.themeChoice);
  const copying = target.closest("[data-copy]");
  if (copying) copy(copying);
  target.closest("[data-toast-close]")?.closest("[data-toast]").remove();
  const opens = target.closest("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens).showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details[data-menu][open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// a form or button with data-confirm goes out only after a yes; one submit is one submit
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  const asks = event.submitter?.dataset.confirm ? event.submitter : form;
  if (asks.dataset.confirm && form.dataset.confirmed !== "yes") {
    event.preventDefault();
    event.stopImmediatePropagation();
    const { confirm: text, confirmTitle: title, confirmYes: yes } = asks.dataset;
    if (await confirmed({ text, title, yes })) {
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    }
    return;
  }
  if (form.dataset.once !== undefined && !form.hasAttribute("hx-post")) {
    if (form.dataset.sent === "yes") event.preventDefault();
    form.dataset.sent = "yes";
  }
}, true);

document.addEventListener("change", (event) => {
  const switched = event.target.closest("[data-submits]");
  if (switched) switched.form.requestSubmit();
});

// whoever was signed out meanwhile gets the sign-in page, not a piece of it in the middle of this one
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (!raw.redirected || new URL(raw.url).pathname === location.pathname) return;
  event.preventDefault();
  location.assign(raw.url.includes("/accounts/") ? location.href : raw.url);
});

// htmx asks with our dialog
document.addEventListener("htmx:confirm", (event) => {
  event.preventDefault();
  const { issueRequest, dropRequest, ctx } = event.detail;
  confirmed({ text: ctx.confirm }).then((yes) => (yes ? issueRequest() : dropRequest()));
});

// the back button may show a page from memory: let its forms be sent again
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:after:swap", (event) => {
  const part = event.detail.ctx.target?.closest?.("[data-leads]");
  if (part) lead(part);
});
document.addEventListener("happ:toast", (event) => toast(event.detail.text, event.detail.level));
document.querySelectorAll("[data-toast]").forEach(fade);
markTheme();
// of a row of tabs that is wider than the screen, the open one is in view
document.querySelector("[data-tabs] [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
lead(document);
document.querySelectorAll("[data-leads]").forEach(lead);
