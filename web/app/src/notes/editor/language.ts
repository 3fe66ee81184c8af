/** Markdown as a language of the editor: parsed in the background, without the rest of a programmer's editor. */

import { defineLanguageFacet, Language, languageDataProp } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { markdownParser } from "../markdown/parser";

const data = defineLanguageFacet({});

const language = new Language(
  data,
  markdownParser.configure({
    props: [languageDataProp.add({ Document: data })],
  }),
  [],
  "markdown",
);

export const markdown: Extension = language.extension;
