// What the page asks the command for. The token stands in the page's address.

const token = new URLSearchParams(location.search).get("token") ?? "";

function post(path, body, signal) {
  return fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-cocosynth-token": token },
    body: JSON.stringify(body),
    signal,
  });
}

export class Fault extends Error {
  constructor({ address = "", text }) {
    super(text);
    this.address = address;
  }
}

export async function ask(path, body) {
  const response = await post(path, body).catch(() => {
    throw new Fault({ text: "the command does not answer: is it still running?" });
  });
  if (response.status === 403) throw new Fault({ text: await response.text() });
  const found = await response.json();
  if (!response.ok) throw new Fault(found);
  return found;
}

/** Yield the lines of an answer as they arrive. */
export async function* stream(path, body, signal) {
  const response = await post(path, body, signal);
  if (!response.ok) throw new Fault({ text: (await response.text()).trim() });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

export function pictureUrl(scene) {
  const bytes = Uint8Array.from(atob(scene.picture), (char) => char.charCodeAt(0));
  return URL.createObjectURL(new Blob([bytes], { type: scene.type }));
}
