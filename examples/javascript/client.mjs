// Enter a meeting by its link and answer in its chat, with the official JavaScript client.
//
//   npm install
//   node client.mjs http://127.0.0.1:3210 "$(connvo token bob --email bob@example.org --name Bob)" CODE
import { ConvexClient } from "convex/browser";
import { anyApi as api } from "convex/server";
import WebSocket from "ws";

const [url, token, code] = process.argv.slice(2);
if (!code) throw new Error("usage: node client.mjs URL TOKEN CODE");

// A browser has WebSocket itself, and needs neither the import nor the option.
const client = new ConvexClient(url, { webSocketConstructor: WebSocket });
client.setAuth(async () => token);

const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
const me = await client.mutation(api.users.mutations.upsertUser, { workosUserId: claims.sub, email: claims.email });
const { meetingId } = await client.mutation(api.meetings.links.acceptLink, { code });
await client.mutation(api.meetings.lifecycle.joinMeeting, { meetingId });

const write = (text) => client.mutation(api.meetings.chat.sendMessage, { meetingId, text });
const answered = new Set();

/** Answers each message of others once, and leaves after "bye". The list is the newest first. */
async function read({ page }) {
  for (const message of page.toReversed()) {
    if (message.senderId === me || answered.has(message._id)) continue;
    answered.add(message._id);
    console.log(`heard: ${message.text}`);
    await write(`You said: ${message.text}`);
    if (message.text === "bye") await leave();
  }
}

async function leave() {
  await client.mutation(api.meetings.lifecycle.leaveMeeting, { meetingId });
  await client.close();
  console.log("left");
}

// A live query: `read` gets the newest messages now, and after each change.
const newest = { numItems: 20, cursor: null };
client.onUpdate(api.meetings.chat.listMessages, { meetingId, paginationOpts: newest }, read);
await write("Hello");
console.log("in the meeting");
