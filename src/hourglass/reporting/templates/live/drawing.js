// Elements, and images on canvases. Grey images are shown dark on white, like print, as in the pictures of the report.
const make = (name, settings = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(settings)) {
    if (key in element && !key.includes("-")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
};

// `text` with {names} replaced by values.
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Numbers with the signs of the page's language.
const number = (value, options) => value.toLocaleString(LIVE.language, { useGrouping: "always", ...options });
const rounded = (value, digits) => number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (share, digits = 0) => number(share, { style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits });
// `1.2e-6`, as PyTorch's differences are written.
const small = (value) => value.toExponential(1).replace(".", number(0.1).replaceAll(/\d/g, ""));

// The form of a text that belongs to a count, filled in.
const counted = (forms, values) => filled(forms[new Intl.PluralRules(LIVE.language).select(values.count)] ?? forms.other, values);

const shade = (value) => Math.round(255 * Math.min(Math.max(value, 0), 1));

// (C, H, W) in [0, 1] -> pixels of the screen.
const pixels = (data, [channels, height, width]) => {
  const image = new ImageData(width, height);
  const size = height * width;
  for (let i = 0; i < size; i++) {
    for (let c = 0; c < 3; c++) {
      if (channels === 3) image.data[4 * i + c] = shade(data[c * size + i]);
      else image.data[4 * i + c] = LIVE.photographs ? shade(data[i]) : 255 - shade(data[i]);
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
};

const picture = (shape, label = "") => {
  const canvas = make("canvas", { width: shape[2], height: shape[1], className: "picture", role: "img" });
  canvas.setAttribute("aria-label", label);
  return canvas;
};

const paint = (canvas, data, shape) => canvas.getContext("2d").putImageData(pixels(data, shape), 0, 0);

// Colours an image where its anomaly map is high, as plots/anomaly_maps.py does.
const paintMap = (canvas, data, map, shape) => {
  const { begins, full, colour } = LIVE.map;
  const image = pixels(data, shape);
  map.forEach((value, i) => {
    const cover = Math.min(Math.max(Math.log(Math.max(value, begins) / begins) / Math.log(full / begins), 0), 1);
    for (let c = 0; c < 3; c++) {
      const pale = 128 + image.data[4 * i + c] / 2;
      image.data[4 * i + c] = (1 - cover) * pale + cover * colour[c];
    }
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
};

// A canvas with a caption below it.
const tile = (shape, name, settings = {}) => {
  const canvas = picture(shape, name);
  const note = make("span", { className: "value" });
  // Long names may break after an underscore.
  const caption = make("figcaption", {}, make("b", { textContent: name.replaceAll("_", "_\u200b") }), note);
  const figure = make("figure", { className: "tile", ...settings }, canvas, caption);
  return { figure, canvas, note, shape, show: (data, text) => {
    paint(canvas, data, shape);
    note.textContent = text;
    canvas.setAttribute("aria-label", `${name} ${text}`);
  } };
};

const palette = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"];
const classColour = (number) => palette[number % palette.length];

// Several requests within one frame of the screen are one piece of work: dragging stays smooth.
const lately = (work) => {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
};
