import { nameOf, type User } from "../api";
import { chooseTheme, THEMES, useTheme } from "../theme";
import { Avatar } from "./Avatar";
import { Icon } from "./Icon";
import { Menu, MenuChoice, MenuGroup, MenuItem, MenuLink } from "./Menu";
import "./AccountMenu.css";

const THEME = {
  system: { words: "As the system", sign: "system" },
  light: { words: "Light", sign: "sun" },
  dark: { words: "Dark", sign: "moon" },
} as const;

/** Who is signed in, and what concerns that person rather than a meeting. */
export function AccountMenu({ me, onSignOut }: { me: User; onSignOut: () => void }) {
  const theme = useTheme();
  const name = nameOf(me);
  return (
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
      <MenuLink sign="chart" href="/diagnostics">
        Check my connection
      </MenuLink>
      <MenuLink sign="code" href="/docs">
        API reference
      </MenuLink>
      <hr />
      <MenuItem sign="signOut" onClick={onSignOut}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
