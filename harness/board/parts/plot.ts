/** A series as bars, in SVG: the median solid, the 90 % as an outline around it. */
import type { VNode } from "preact";
import type { Series } from "../figures.ts";
import { markup } from "../markup.ts";
import { month } from "../time.ts";

const WIDTH = 320;
const HEIGHT = 120;
const FOOT = 18;

export function Plot({ series }: { series: Series }): VNode {
  const { title, points } = series;
  const most = Math.max(0, ...points.map((point) => Math.max(point.value ?? 0, point.upper ?? 0)));
  const step = WIDTH / Math.max(1, points.length);
  const bar = Math.max(3, Math.min(28, step * 0.6));
  const height = (value: number) => most === 0 ? 0 : Math.max(1.5, value / most * (HEIGHT - FOOT - 14));
  const last = points.findLast((point) => point.value !== null);
  const said = last
    ? `${title}: ${last.word} in ${month(last.month)}. The table has all months.`
    : `${title}: no figures.`;
  return markup`
    <figure class="plot">
      <figcaption><b>${title}</b> ${
    last
      ? markup`<span>${last.word}</span> <span class="calm">${month(last.month)}</span>`
      : markup`<span class="calm">none yet</span>`
  }</figcaption>
      <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${said}>
          <line class="axis" x1="0" x2=${WIDTH} y1=${HEIGHT - FOOT} y2=${HEIGHT - FOOT} />
          ${
    points.map((point, place) => {
      const x = place * step + (step - bar) / 2;
      const rect = (name: string, value: number) =>
        markup`
                <rect class=${name} x=${x} width=${bar} y=${HEIGHT - FOOT - height(value)} height=${
          height(
            value,
          )
        }>
                  <title>${month(point.month)}: ${point.word}</title>
                </rect>
              `;
      return markup`<g key=${point.month}>${point.upper ? rect("upper", point.upper) : null}${
        point.value !== null ? rect("value", point.value) : null
      }</g>`;
    })
  }
          ${
    [points[0], points.at(-1)].map((point, place) =>
      point && markup`
              <text class="tick-word" x=${place === 0 ? 0 : WIDTH} y=${HEIGHT - 4}
                text-anchor=${place === 0 ? "start" : "end"}>${month(point.month)}</text>
            `
    )
  }
        </svg>
    </figure>
  `;
}
