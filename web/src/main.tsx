import { createRoot } from "react-dom/client";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import { App } from "./App";
import { leaveComposingAlone } from "./keys";
import "./styles/pages.css";
import "./styles/devices.css";
import "./styles/dialog.css";
import "./styles/offline.css";
import { applyTheme, chosenTheme } from "./theme";

applyTheme(chosenTheme());

leaveComposingAlone();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
