import { useState } from "react";
import { useAccess } from "../admin/useAccess";
import { nameOf, type User } from "../api/functions";
import { Avatar } from "../members/Avatar";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { Menu, MenuChoice, MenuGroup, MenuItem, MenuLink } from "../ui/Menu";
import { chooseTheme, THEMES, useTheme } from "../ui/theme";
import { SignIns } from "./SignIns";
import "./AccountMenu.css";

type Props = { me: User; byName: boolean; onSignOut: (kept: boolean) => void };

const THEME = {
  system: { words: "Same as the system", sign: "system" },
  light: { words: "Light", sign: "sun" },
  dark: { words: "Dark", sign: "moon" },
} as const;

/** The signed-in user, and settings that concern the user rather than a meeting. */
export function AccountMenu({ me, byName, onSignOut }: Props) {
  const theme = useTheme();
  const access = useAccess();
  const operator = access !== undefined && !(access instanceof Error) && access.operator;
  const name = nameOf(me);
  const [shown, setShown] = useState<"signIns" | "signOut" | null>(null);
  const close = () => setShown(null);
  return (
    <>
      {shown === "signIns" && <SignIns onClose={close} />}
      {shown === "signOut" && <SigningOut name={name} onSignOut={onSignOut} onClose={close} />}
      <Menu
        label={`Account of ${name}`}
        className="quiet account"
        button={
          <>
            <Avatar user={me} />
            <bdi className="account-name">{name}</bdi>
            <Icon sign="down" />
          </>
        }
      >
        <p className="menu-label account-label">
          <bdi>{name}</bdi>
        </p>
        <MenuGroup label="Appearance">
          {THEMES.map((one) => (
            <MenuChoice key={one} sign={THEME[one].sign} chosen={one === theme} onClick={() => chooseTheme(one)}>
              {THEME[one].words}
            </MenuChoice>
          ))}
        </MenuGroup>
        <hr />
        <MenuItem sign="shield" onClick={() => setShown("signIns")}>
          Your sign-ins
        </MenuItem>
        <MenuLink sign="chart" href="/diagnostics">
          Check my connection
        </MenuLink>
        <MenuLink sign="code" href="/docs">
          Documentation
        </MenuLink>
        {operator && (
          <MenuLink sign="list" href="/admin">
            Operators' console
          </MenuLink>
        )}
        <hr />
        <MenuItem sign="signOut" onClick={() => (byName ? setShown("signOut") : onSignOut(false))}>
          Sign out
        </MenuItem>
      </Menu>
    </>
  );
}

type SigningOutProps = { name: string; onSignOut: (kept: boolean) => void; onClose: () => void };

/** Asks whether to keep the only key of a password-less local account in this browser. */
function SigningOut({ name, onSignOut, onClose }: SigningOutProps) {
  return (
    <Dialog title="Sign out?" onClose={onClose}>
      <p>
        This browser holds the only key to the account of <bdi>{name}</bdi>. Sign out and keep it here to continue
        later. Or forget it, if others use this browser: nobody can then sign in as <bdi>{name}</bdi> again.
      </p>
      <div className="row end">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="danger" onClick={() => onSignOut(false)}>
          Sign out and forget
        </button>
        <button type="button" className="primary" onClick={() => onSignOut(true)}>
          Sign out
        </button>
      </div>
    </Dialog>
  );
}
