// Where a value lies on a slider of 0..1, and back: wide limits leave room for what makes sense.

export function place(value, { min, max, scale, bend }) {
  const held = Math.min(max, Math.max(min, value));
  if (scale === "log") return Math.log(held / min) / Math.log(max / min);
  if (scale === "both") return (1 + Math.sign(held) * (Math.abs(held) / max) ** (1 / bend)) / 2;
  const share = (held - min) / (max - min);
  return scale === "power" ? share ** (1 / bend) : share;
}

export function valueAt(share, field) {
  const { min, max, scale, bend } = field;
  if (scale === "log") return rounded(min * (max / min) ** share, field);
  if (scale === "both") {
    const side = 2 * share - 1;
    return rounded(Math.sign(side) * Math.abs(side) ** bend * max, field);
  }
  return rounded(min + (max - min) * (scale === "power" ? share ** bend : share), field);
}

/** A number that a person would type: two or three digits, never finer than the field's step. */
export function rounded(value, { min, max, whole, step }) {
  const held = Math.min(max ?? value, Math.max(min ?? value, value));
  if (whole) return Math.round(held);
  const size = Math.abs(held) > 0 ? 10 ** (Math.floor(Math.log10(Math.abs(held))) - 1) : step;
  const unit = Math.max(step > 0.01 ? step : 0.001, Math.min(size, step ?? size));
  return Number((Math.round(held / unit) * unit).toFixed(4));
}

/** One step up or down by the arrow keys. */
export function stepped(value, direction, field, big) {
  const size = Math.max(field.whole ? 1 : 0.01, 10 ** Math.floor(Math.log10(Math.abs(value) || 1) - 1));
  const unit = field.whole ? Math.max(1, Math.round(size)) : size;
  return rounded(value + direction * unit * (big ? 10 : 1), { ...field, step: Math.min(field.step, unit) });
}
