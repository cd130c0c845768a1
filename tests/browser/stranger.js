// What a stranger's page tries, in a browser that has the playground open. What it could read stands in `data-got`.

const to = "ADDRESS";
const me = `${to}/as/PERSON`;
const got = [];

const post = (path, fields) =>
  fetch(to + path, { method: "POST", mode: "no-cors", credentials: "include", body: new URLSearchParams(fields) });
const read = async (address) => got.push(await (await fetch(address, { credentials: "include" })).text());

function added(tag, src) {
  return new Promise((done) => {
    const one = Object.assign(document.createElement(tag), { src, onerror: done });
    one.onload = () => {
      try {
        got.push(one.contentDocument?.body.innerText);
      } catch { } // of another origin
      done();
    };
    document.body.append(one);
  });
}

const tries = [
  () => post("/as/PERSON/command", { text: "/coproduce new" }),
  () => post("/as/PERSON/say", { text: "hello", channel: "place" }),
  () => post("/clock", { do: "deadline" }),
  () => navigator.sendBeacon(`${me}/say`, new URLSearchParams({ text: "hello", channel: "place" })),
  () => read(me),
  () => read(`${me}/standing`),
  () => read(`${to}/held?words=a`),
  () => added("iframe", me),
  () => added("script", `${me}/standing`),
  () => added("img", me),
  () => new Promise((done) => {
    const stream = new EventSource(`${me}/events?after=0`, { withCredentials: true });
    stream.addEventListener("entry", (event) => got.push(event.data));
    stream.onerror = done;
  }),
  () => new Promise((done) => {
    document.querySelector("[name=target]").onload = done;
    document.forms[0].submit();
  }),
];

for (const attempt of tries) {
  try {
    await attempt();
  } catch { } // refused
}
document.body.dataset.got = JSON.stringify(got.filter(Boolean));
