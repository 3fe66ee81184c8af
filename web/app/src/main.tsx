import { createRoot } from "react-dom/client";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import { App } from "./App";
import { leaveComposingAlone } from "./ui/keys";
import "./ui/Dialog.css";
import "./ui/Offline.css";
import { applyTheme, chosenTheme } from "./ui/theme";

applyTheme(chosenTheme());

leaveComposingAlone();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
