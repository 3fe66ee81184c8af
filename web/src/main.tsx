import { createRoot } from "react-dom/client";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import { App } from "./App";
import { leaveComposingAlone } from "./keys";
import "./styles/pages.css";
import "./styles/grid.css";
import "./styles/tile.css";
import "./styles/panel.css";
import "./styles/chat.css";
import "./styles/devices.css";
import "./styles/dialog.css";
import "./styles/small.css";
import { applyTheme, chosenTheme } from "./theme";

applyTheme(chosenTheme());

leaveComposingAlone();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);

// A page that the browser froze and brings back has a dead call in it.
addEventListener("pageshow", (event) => event.persisted && location.reload());
