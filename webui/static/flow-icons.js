// A small picture for every kind of node, drawn with lines on 24 by 24.
import { svg } from "./flow-dom.js";

const PATHS = {
  play: "M5 9v6h4l5 4V5L9 9zM17.5 9a4 4 0 0 1 0 6",
  menu: "M5 5h4v4H5zM15 5h4v4h-4zM5 15h4v4H5zM15 15h4v4h-4z",
  digits: "M4 7h16v10H4zM8 10v4M12 10v4M16 10v4",
  language: "M4 6h9M8.5 4v2M11 6c-1 4-4 7-7 8M6 9c1 2 4 4 6 5M12 20l4-10 4 10M13.5 17h5",
  survey: "M12 4l2.4 5 5.6.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.6-.8z",
  callback: "M6 4l3 4-2 2a12 12 0 0 0 7 7l2-2 4 3-2 3C10 21 3 14 3 6zM15 4h5v5M20 4l-5 5",
  record: "M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
  condition: "M12 3l8 9-8 9-8-9zM9.5 10.5a2.5 2.5 0 1 1 2.5 3M12 16.5v.1",
  hours: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4l3 2",
  set: "M5 8h14M5 16h14M9 6v4M15 14v4",
  lookup: "M10 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zM14 14l5 5",
  http: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM4 12h16M12 4c-4 5-4 11 0 16M12 4c4 5 4 11 0 16",
  sub_flow: "M4 7h9v6h7M17 10l3 3-3 3M4 17h9",
  return: "M9 8l-4 4 4 4M5 12h10a4 4 0 0 0 0-8",
  sms: "M4 5h16v11H10l-4 4v-4H4zM8 9h8M8 12h5",
  fax: "M6 9V4h12v5M4 9h16v8h-3M7 17H4V9M7 14h10v6H7z",
  queue: "M6 7a2 2 0 1 0 0 .1M12 7a2 2 0 1 0 0 .1M18 7a2 2 0 1 0 0 .1M4 19v-6h4v6M10 19v-6h4v6M16 19v-6h4v6",
  transfer: "M4 8h13M13 4l4 4-4 4M20 16H7M11 12l-4 4 4 4",
  voicemail: "M7 9a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM17 9a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM7 16h10",
  flow: "M4 12h14M13 7l5 5-5 5",
  hang_up: "M3 14c5-5 13-5 18 0l-3 3-3-2v-2a10 10 0 0 0-6 0v2l-3 2z",
};
const UNKNOWN = "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v5M12 16v.1";

export const icon = (kind) =>
  svg("svg", { viewBox: "0 0 24 24", class: "flow-icon", "aria-hidden": "true" }, svg("path", { d: PATHS[kind] || UNKNOWN }));
