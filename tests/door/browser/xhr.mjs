// XMLHttpRequest as grpc-web uses it, over fetch: packages that bring it to Node.js show a response at its end only.
export class XMLHttpRequest {
  readyState = 0;
  responseText = "";
  #aborting = new AbortController();
  #sent = new Headers();
  #received = new Headers();

  open(method, url) {
    this.method = method;
    this.url = url;
    this.#enter(1);
  }

  setRequestHeader(name, value) {
    this.#sent.set(name, value);
  }

  getResponseHeader(name) {
    return this.#received.get(name);
  }

  getAllResponseHeaders() {
    return [...this.#received].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  abort() {
    this.#aborting.abort();
  }

  send(body) {
    this.#receive(body).catch(() => this.#end(0));
  }

  async #receive(body) {
    const { method, url } = this;
    const response = await fetch(url, { method, headers: this.#sent, body, signal: this.#aborting.signal });
    this.status = response.status;
    this.statusText = response.statusText;
    this.#received = response.headers;
    this.#enter(2);
    const pieces = [];
    for await (const piece of response.body ?? []) {
      pieces.push(piece);
      if (!this.responseType || this.responseType === "text") this.responseText += Buffer.from(piece).toString();
      this.#enter(3);
    }
    const whole = Buffer.concat(pieces);
    this.response = this.responseType === "arraybuffer" ? Uint8Array.from(whole).buffer : this.responseText;
    this.#end(response.status);
  }

  #end(status) {
    this.status = status;
    this.#enter(4);
  }

  #enter(state) {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
