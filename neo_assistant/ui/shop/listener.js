// Runs once, when the page's listener is there. `element`, `props`, `trigger` and `watch` are Gradio's.

element.setAttribute("role", "status");
element.setAttribute("aria-live", "polite");

const NARROW = window.matchMedia("(max-width: 1023px)");
const PANELS = "#neo-chat, #neo-cart, #neo-wishlist, #neo-dismissed, #neo-history, #neo-taste, #neo-earlier, #neo-compare, #neo-set";
const byId = (id) => document.getElementById(id);
let last = null;

const remember = (button) => {
  const panel = button.closest(PANELS);
  const buttons = panel ? [...panel.querySelectorAll("button.neo-act")] : [];
  last = { button, name: button.name, value: button.value, panel, place: buttons.indexOf(button) };
};

// An action draws its panel anew, and the button that had the focus is gone: its successor gets it, or the next one.
const refocus = () => {
  if (!last || last.button.isConnected || !last.panel?.isConnected) return;
  if (document.activeElement && document.activeElement !== document.body) return;
  const buttons = [...last.panel.querySelectorAll("button.neo-act:not(:disabled)")];
  const same = buttons.find((button) => button.name === last.name && button.value === last.value);
  const next = same ?? buttons[Math.min(Math.max(last.place, 0), buttons.length - 1)];
  if (next) next.focus({ preventScroll: true });
  else {
    last.panel.tabIndex = -1;
    last.panel.focus({ preventScroll: true });
  }
  last = null;
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button.neo-act");
  if (button) {
    if (button.closest("#neo-desk, #neo-shared")) return;
    event.preventDefault();
    remember(button);
    trigger("card_action", { action: button.name, value: button.value });
    return;
  }
  const link = event.target.closest?.(".neo-title a");
  const about = link?.closest("article, li, th")?.querySelector("button.neo-act[value]");
  if (about?.value) trigger("card_action", { action: "viewed", value: about.value });
});

// The sidebar: beside the conversation where there is room, else a drawer over it.
const sidebar = () => byId("neo-sidebar");
const isOpen = () => sidebar() && getComputedStyle(sidebar()).visibility !== "hidden" && getComputedStyle(sidebar()).display !== "none";
const tellSidebar = () => {
  byId("neo-open")?.setAttribute("aria-expanded", String(Boolean(isOpen())));
  byId("neo-open")?.setAttribute("aria-controls", "neo-sidebar");
};
const setSidebar = (open, focus = true) => {
  document.body.classList.toggle("neo-drawer", NARROW.matches && open);
  if (!NARROW.matches) document.body.classList.toggle("neo-no-sidebar", !open);
  for (const id of ["neo-main", "neo-header"]) byId(id).inert = NARROW.matches && open;
  tellSidebar();
  if (!focus) return;
  // A drawer that is still on its way cannot have the focus.
  const first = [...sidebar().querySelectorAll("button")].find((button) => getComputedStyle(button).display !== "none");
  const wanted = open ? first : byId("neo-open");
  setTimeout(() => wanted?.focus(), NARROW.matches && open ? 250 : 0);
};
const start = () => {
  const side = sidebar();
  if (!side || !byId("neo-open")) return setTimeout(start, 50);
  side.setAttribute("role", "complementary");
  side.setAttribute("aria-label", "Cart, filters and history");
  byId("neo-compare")?.setAttribute("role", "region");
  byId("neo-compare")?.setAttribute("aria-label", "Comparison");
  byId("neo-open").addEventListener("click", () => setSidebar(!isOpen()));
  byId("neo-close")?.addEventListener("click", () => setSidebar(false));
  document.addEventListener("pointerdown", (event) => {
    if (document.body.classList.contains("neo-drawer") && !event.target.closest?.("#neo-sidebar")) setSidebar(false);
  });
  NARROW.addEventListener("change", () => setSidebar(!NARROW.matches, false));
  tellSidebar();
};
start();

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (byId("neo-editing") && event.target.closest?.("#neo-box")) trigger("card_action", { action: "edit-cancel", value: "" });
  else if (document.body.classList.contains("neo-drawer")) setSidebar(false);
});

// What is wanted may be drawn a moment later than this is told.
const focusOn = (wanted, tries) => {
  const there = document.querySelector(wanted);
  if (!there) return tries > 0 ? setTimeout(() => focusOn(wanted, tries - 1), 60) : refocus();
  if (document.body.classList.contains("neo-drawer") && !there.closest("#neo-sidebar")) setSidebar(false, false);
  if (!/^(TEXTAREA|INPUT|BUTTON|A)$/.test(there.tagName)) there.tabIndex = -1;
  there.focus();
  if (there.tagName === "TEXTAREA") there.setSelectionRange(there.value.length, there.value.length);
  last = null;
};
watch("step", () => {
  const { focus, sent } = props.step;
  const box = document.querySelector("#neo-box textarea");
  if (sent && box?.value.trim() === sent.trim()) {
    box.value = "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  setTimeout(() => (focus ? focusOn(focus, 10) : refocus()), 60);
});

// What asks the model is shown at once and outside the queue; the reply is then fetched in it.
let fetched = 0;
watch("asked", () => {
  if (props.asked <= fetched) return; // answers may come in another order than they were asked for
  fetched = props.asked;
  if (NARROW.matches && document.body.classList.contains("neo-drawer")) setSidebar(false, false);
  trigger("answer", { number: props.asked });
});

let described = 0;
watch("described", () => {
  if (props.described <= described) return;
  described = props.described;
  trigger("describe", { number: props.described });
});

watch("file", () => {
  const { name, type, text } = props.file;
  if (!name) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});
