/** The devices that the browser lists, as they are plugged in and removed. */

import type { Ports } from "./ports";

export class DeviceList {
  devices: MediaDeviceInfo[] = [];
  /** The list before the devices changed, until the next one arrives. */
  private before: MediaDeviceInfo[] | null = null;
  private listings = 0;

  constructor(
    private readonly source: Ports["source"],
    /** Called with each new list; `before` is the former one, if devices have changed since. */
    private readonly onList: (devices: MediaDeviceInfo[], before: MediaDeviceInfo[] | null) => void,
  ) {}

  /** List the devices now, and after every change. */
  open(): void {
    this.source?.addEventListener("devicechange", this.onDeviceChange);
    void this.refresh();
  }

  close(): void {
    this.source?.removeEventListener("devicechange", this.onDeviceChange);
  }

  /** List the devices. Answers may arrive in any order: the newest counts, also for an earlier change. */
  async refresh(): Promise<void> {
    this.listings += 1;
    const listing = this.listings;
    const devices = await this.enumerate();
    if (!devices || listing !== this.listings) return;
    const { before } = this;
    this.before = null;
    this.devices = devices;
    this.onList(devices, before);
  }

  private readonly onDeviceChange = (): void => {
    this.before ??= this.devices;
    void this.refresh();
  };

  private async enumerate(): Promise<MediaDeviceInfo[] | null> {
    try {
      return (await this.source?.enumerateDevices()) ?? null;
    } catch {
      return null; // only the choice of devices depends on the list
    }
  }
}
