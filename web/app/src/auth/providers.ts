/** The sign-in options that lead to a provider; each is loaded only when used. */

import { type Credentials, type Provider, SignInFailed } from "./credentials";
import { type Oidc, remembered, type SignInOptions, signInOptions, type Workos } from "./localAccount";

const NOT_LOADED = "The page could not load what signing in needs: reload it.";

let opened: Promise<Provider> | null = null;

/** Return the provider of this page, created once: its answer is read from the address. */
export function providerOf(way: Oidc | Workos): Promise<Provider> {
  opened ??= open(way).catch((reason) => {
    opened = null;
    throw reason instanceof SignInFailed ? reason : new SignInFailed(NOT_LOADED);
  });
  return opened;
}

/** Return the user who is signed in in this browser, if any. */
export async function rememberedBy(way: SignInOptions): Promise<Credentials | null> {
  return way.mode === "local" ? remembered() : (await providerOf(way)).remembered();
}

async function open(way: Oidc | Workos): Promise<Provider> {
  if (way.mode === "workos") return (await import("./workos")).WorkosProvider.open(way);
  const { OidcProvider } = await import("./oidc");
  return new OidcProvider(way, async () => {
    const told = await signInOptions();
    return told.mode === "oidc" ? told : way;
  });
}
