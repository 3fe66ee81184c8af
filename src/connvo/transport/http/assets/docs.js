// The API reference: shows /openapi.json, with a form to try each operation. No library, and no other hosts.
"use strict";

const TOKEN = "connvo.token";
const MAX_DEPTH = 8;
const $ = (id) => document.getElementById(id);
let api, operations;

// Makes an element; text stays text, so no part of the document can become markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Docstrings are wrapped to another width than this page's; only an empty line ends a paragraph.
const unfilled = (text) => (text || "").replace(/([^\n])\n(?=[^\n])/g, "$1 ");

// Text in which `this` is code.
const prose = (text, tag = "p") => el(tag, { class: "prose" },
  ...text.split("`").map((part, position) => (position % 2 ? el("code", {}, part) : part)));

function resolve(schema) {
  while (schema && schema.$ref) schema = schema.$ref.slice(2).split("/").reduce((node, part) => node[part], api);
  return schema || {};
}

const content = (message) => resolve(resolve(message).content?.["application/json"]?.schema);
const variants = (schema) => schema.oneOf || schema.anyOf;
const types = (schema) => [schema.type].flat().filter(Boolean);
const isNull = (schema) => resolve(schema).type === "null";

// A schema as TypeScript would write it.
function typeText(raw, indent = "", depth = 0) {
  const schema = resolve(raw);
  if (depth > MAX_DEPTH) return "…";
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (variants(schema)) return variants(schema).map((one) => typeText(one, indent, depth + 1)).join(" | ");
  const name = { integer: "number", string: schema["x-idTable"] ? `Id<${schema["x-idTable"]}>` : "string" };
  return types(schema).map((type) => {
    if (type === "array") return `Array<${typeText(schema.items || {}, indent, depth + 1)}>`;
    if (type === "object") return objectText(schema, indent, depth);
    return name[type] || type;
  }).join(" | ") || "any";
}

function objectText(schema, indent, depth) {
  const fields = Object.entries(schema.properties || {});
  const extra = schema.additionalProperties;
  if (!fields.length) return extra ? `Record<string, ${extra === true ? "any" : typeText(extra, indent, depth + 1)}>` : "{}";
  const inner = indent + "  ";
  const lines = fields.map(([name, field]) => {
    const optional = (schema.required || []).includes(name) ? "" : "?";
    return `${inner}${name}${optional}: ${typeText(field, inner, depth + 1)};`;
  });
  return `{\n${lines.join("\n")}\n${indent}}`;
}

// An example value: the required fields, and the first of each choice.
function example(raw, depth = 0) {
  const schema = resolve(raw);
  if ("default" in schema) return schema.default;
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (variants(schema)) return example(variants(schema).find((one) => !isNull(one)) || {}, depth + 1);
  const type = types(schema)[0];
  if (type === "object") {
    const wanted = depth > MAX_DEPTH ? [] : schema.required || [];
    return Object.fromEntries(wanted.map((name) => [name, example(schema.properties[name], depth + 1)]));
  }
  return { array: [], string: "", number: 0, integer: 0, boolean: false }[type] ?? null;
}

function readOperations() {
  return Object.entries(api.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => {
    const args = resolve(content(operation.requestBody).properties?.args);
    const answer = content(operation.responses["200"]);
    const success = (variants(answer) || [answer]).map(resolve).find((one) => one.properties?.value) || {};
    const words = [path, operation.summary, operation["x-kind"], operation.description].join(" ").toLowerCase();
    return { path, method, ...operation, args, value: success.properties?.value, words, title: path.replace(/^\/api\/run\//, "") };
  }));
}

function showList() {
  const wanted = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = operations.filter((one) => wanted.every((word) => one.words.includes(word)));
  const groups = Map.groupBy ? Map.groupBy(found, (one) => one.tags[0]) : found.reduce(
    (map, one) => map.set(one.tags[0], [...(map.get(one.tags[0]) || []), one]), new Map());
  $("count").textContent = `${found.length} of ${operations.length} functions`;
  $("list").replaceChildren(...[...groups].sort().flatMap(([tag, members]) => [
    el("h2", {}, tag), el("ul", {}, ...members.map(listItem)),
  ]));
}

function listItem(one) {
  const current = one.path === location.hash.slice(1) ? "page" : undefined;
  return el("li", {}, el("a", { href: "#" + one.path, "aria-current": current },
    one.title.split("/").pop(), el("small", {}, one.title.split("/").slice(0, -1).join("/"))));
}

function argumentRows(schema) {
  const fields = Object.entries(schema.properties || {});
  if (!fields.length) return el("p", {}, "None.");
  return el("table", {},
    el("thead", {}, el("tr", {}, ...["Name", "Type", "Needed"].map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, ...fields.map(([name, field]) => el("tr", {},
      el("td", {}, el("code", {}, name)),
      el("td", {}, el("code", { class: "type" }, typeText(field)), field.description ? prose(unfilled(field.description), "div") : null),
      el("td", {}, (schema.required || []).includes(name) ? "yes" : "no")))));
}

function errorRows(one) {
  const codes = api.components?.schemas?.ErrorData?.properties?.code?.enum || [];
  const refused = Object.entries(one.responses).filter(([status]) => status !== "200");
  return el("div", {},
    el("p", {}, "A refusal is HTTP 200 with ", el("code", {}, '"status": "error"'), "; ", el("code", {}, "errorData.code"), " is one of:"),
    el("p", {}, ...codes.flatMap((code) => [el("code", {}, code), " "])),
    el("details", {}, el("summary", {}, "Requests that reach no function"),
      el("table", {}, el("tbody", {}, ...refused.map(([status, response]) => el("tr", {},
        el("th", { scope: "row" }, status), prose((resolve(response).description || "").replaceAll("; `", "\n`"), "td")))))));
}

function tryForm(one) {
  const body = el("textarea", { id: "body", spellcheck: "false", "aria-describedby": "outcome" });
  body.value = JSON.stringify(example(one.args), null, 2);
  const outcome = el("p", { id: "outcome", role: "status" });
  const answer = el("pre", { hidden: "", tabindex: "0", "aria-label": "Answer" });
  const copy = async () => {
    await navigator.clipboard.writeText(curl(one, body.value));
    outcome.className = "";
    outcome.textContent = "Copied, without your token.";
  };
  return el("form", { onsubmit: (event) => { event.preventDefault(); send(one, body, outcome, answer); } },
    el("label", { for: "body" }, "Arguments"), body,
    el("button", { type: "submit" }, "Call"),
    el("button", { type: "button", class: "plain", onclick: copy }, "Copy as curl"), outcome, answer);
}

function curl(one, args) {
  const quoted = `{"args": ${args.replace(/\s*\n\s*/g, " ")}}`.replaceAll("'", "'\\''");
  const auth = $("token").value ? ' -H "Authorization: Bearer $TOKEN"' : "";
  return `curl ${location.origin}${one.path} -H 'Content-Type: application/json'${auth} -d '${quoted}'`;
}

async function send(one, body, outcome, answer) {
  const tell = (good, text) => { outcome.className = good ? "good" : "bad"; outcome.textContent = text; };
  let args;
  try {
    args = JSON.parse(body.value);
  } catch (error) {
    tell(false, `The arguments are not JSON: ${error.message}`);
    body.focus();
    return;
  }
  const headers = { "Content-Type": "application/json" };
  if ($("token").value) headers.Authorization = `Bearer ${$("token").value.trim()}`;
  const started = performance.now();
  try {
    const reply = await fetch(one.path, { method: "POST", headers, body: JSON.stringify({ args }) });
    const value = await reply.json();
    const ms = Math.round(performance.now() - started);
    tell(value.status === "success", `${reply.status} ${value.status || value.code}, ${ms} ms`);
    answer.hidden = false;
    answer.textContent = JSON.stringify(value, null, 2);
  } catch (error) {
    tell(false, `No answer: ${error.message}`);
  }
}

function show(moveFocus) {
  const one = operations.find(({ path }) => path === location.hash.slice(1));
  showList();
  $("list").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  document.title = one ? `${one.title} · connvo API` : "connvo API";
  const main = $("operation");
  if (!one) {
    main.replaceChildren(el("h2", {}, "Every function, to read and to try"), prose(unfilled(api.info.description)),
      el("p", {}, "Choose one from the list. Calls are made as the user of the token, which stays in this tab."));
    return;
  }
  main.replaceChildren(
    el("h2", {}, one.title),
    el("p", {}, el("span", { class: `kind ${one["x-kind"]}` }, one["x-kind"] || one.method), " ", el("code", {}, `POST ${one.path}`)),
    prose(unfilled(one.summary)), prose(unfilled(one.description)),
    el("h3", {}, "Arguments"), argumentRows(one.args),
    el("h3", {}, "Result"), el("pre", { tabindex: "0", "aria-label": "Type of the result" }, resultText(one)),
    el("h3", {}, "Errors"), errorRows(one),
    el("h3", {}, "Try it"), tryForm(one));
  if (moveFocus) main.focus();
}

const resultText = (one) => (resolve(one.value)["x-alwaysNull"] ? "null" : one.value ? typeText(one.value) : "any");

async function start() {
  $("token").value = sessionStorage.getItem(TOKEN) || "";
  $("token").addEventListener("input", () => sessionStorage.setItem(TOKEN, $("token").value));
  try {
    api = await (await fetch("/openapi.json")).json();
  } catch (error) {
    $("operation").replaceChildren(el("p", { class: "bad", role: "alert" }, `The document cannot be read: ${error.message}`));
    return;
  }
  operations = readOperations();
  $("version").textContent = api.info.version;
  $("search").addEventListener("input", showList);
  addEventListener("hashchange", () => show(true));
  show(false);
}

start();
