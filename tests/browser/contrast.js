/* The texts on the page whose colour is too near to what is behind them (WCAG 2.2 AA: 4.5, large ones 3). */
() => {
  const drawn = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const known = new Map();

  /** Any colour of CSS as [red, green, blue, opacity]. */
  function colour(text) {
    if (!known.has(text)) {
      drawn.clearRect(0, 0, 1, 1);
      drawn.fillStyle = text;
      drawn.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = drawn.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  }

  const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => part * a + below[i] * (1 - a));

  function luminance(rgb) {
    const [r, g, b] = rgb.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  function ratio(one, other) {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  /** What is behind an element's text, and how much of the text's own colour its ancestors let through. */
  function ground(element) {
    const layers = [];
    let opacity = 1;
    for (let each = element; each; each = each.parentElement ?? each.getRootNode().host) {
      const look = getComputedStyle(each);
      if (look.backgroundImage.includes("url(")) return null;
      layers.push(colour(look.backgroundColor));
      opacity *= Number(look.opacity);
    }
    const page = colour("Canvas").slice(0, 3);
    return { rgb: layers.reduceRight((below, layer) => over(layer, below), page), opacity };
  }

  function complaint(element, look, words) {
    const below = ground(element);
    if (!below) return null;
    const [r, g, b, a] = colour(look.color);
    const found = ratio(over([r, g, b, a * below.opacity], below.rgb), below.rgb);
    const size = parseFloat(look.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(look.fontWeight) >= 700);
    return found < (isLarge ? 3 : 4.5) ? `${found.toFixed(2)} “${words.slice(0, 40)}” in ${element.outerHTML.slice(0, 90)}` : null;
  }

  function isShown(element) {
    const place = element.getBoundingClientRect();
    return element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && place.width > 1 && place.height > 1;
  }

  const complaints = new Set();
  const roots = [document.body, ...[...document.querySelectorAll("*")].map((each) => each.shadowRoot).filter(Boolean)];
  for (const root of roots) {
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const words = texts.currentNode.textContent.trim();
      const element = texts.currentNode.parentElement;
      if (!words || element?.closest("script, style, noscript, template, option, :disabled") || !isShown(element)) continue;
      complaints.add(complaint(element, getComputedStyle(element), words));
    }
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
    if (field.disabled || field.value || !field.placeholder || !isShown(field)) continue;
    complaints.add(complaint(field, getComputedStyle(field, "::placeholder"), field.placeholder));
  }
  complaints.delete(null);
  return [...complaints];
}
