import { Icon } from "../ui/Icon";
import { Menu, MenuChoice, MenuGroup } from "../ui/Menu";
import { changeSettings, SIZES, type Size, useCaptionSettings } from "./settings";

const NAMES: Record<Size, string> = { S: "Small", M: "Medium", L: "Large", XL: "Extra large" };

/** How this device shows captions. */
export function Look() {
  const { shown, size, strong, aloud } = useCaptionSettings();
  return (
    <Menu label="How captions look" className="quiet icon-button small" button={<Icon sign="settings" />}>
      <MenuGroup label="On this device">
        <MenuSwitch on={shown} onClick={() => changeSettings({ shown: !shown })}>
          Show captions
        </MenuSwitch>
        <MenuSwitch on={strong} onClick={() => changeSettings({ strong: !strong })}>
          Strong contrast
        </MenuSwitch>
        <MenuSwitch on={aloud} onClick={() => changeSettings({ aloud: !aloud })}>
          Screen reader reads new lines
        </MenuSwitch>
      </MenuGroup>
      <MenuGroup label="Size">
        {SIZES.map((one) => (
          <MenuChoice key={one} chosen={size === one} onClick={() => changeSettings({ size: one })}>
            {NAMES[one]}
          </MenuChoice>
        ))}
      </MenuGroup>
    </Menu>
  );
}

type SwitchProps = { on: boolean; onClick: () => void; children: string };

function MenuSwitch({ on, onClick, children }: SwitchProps) {
  return (
    <button type="button" role="menuitemcheckbox" aria-checked={on} tabIndex={-1} data-stays onClick={onClick}>
      <span>{children}</span>
      {on && <Icon sign="check" />}
    </button>
  );
}
