/** Inviting people by their e-mail address. */

const ADDRESS = /^[^@\s]+@[^@\s]+$/;
const PLACEHOLDER = ".invalid";

/** Return what is wrong with a typed address, or null. */
export function addressFault(text: string): string | null {
  const address = text.trim();
  if (address === "") return "Enter the e-mail address of the person you want to invite.";
  if (!ADDRESS.test(address)) return "This is not an e-mail address. It needs the form name@example.org.";
  return null;
}

/** Return whether users of this server have addresses: one who signed in by name has none. */
export function hasAddress({ email }: { email: string }): boolean {
  return !email.endsWith(PLACEHOLDER);
}
