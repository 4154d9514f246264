/** The board: starts in the browser, after `config.js`. */
import { render } from "preact";
import { App } from "./app.ts";
import { configuration } from "./configuration.ts";
import { markup } from "./markup.ts";
import { Session } from "./session.ts";

function start(place: HTMLElement): void {
  if (globalThis.top !== globalThis.self) {
    // Another page around this one could lead somebody to click what they do not see.
    render(
      markup`
        <main>
          <p>The release gates are not shown inside another page: <a href=${location.href}
                target="_blank" rel="noopener noreferrer">open them on their own</a>.</p>
        </main>
      `,
      place,
    );
    return;
  }
  const given = configuration((globalThis as { OPS_BOARD?: unknown }).OPS_BOARD);
  if (typeof given === "string") {
    render(
      markup`
        <main>
          <h1>Release gates</h1>
          <p role="alert">${given}</p>
        </main>
      `,
      place,
    );
    return;
  }
  const session = new Session(given);
  render(markup`<${App} session=${session} />`, place);
  void session.start();
}

const place = document.getElementById("board");
if (place) start(place);
