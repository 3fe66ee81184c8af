// Every track that the page was given stays within the test's reach, and the test says how the devices behave.
window.tracks = [];
window.devices = { fails: {}, waiting: null, list: null };
// Firefox runs this in its empty first page, too, where there are no devices.
if (navigator.mediaDevices) {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  const list = mediaDevices.enumerateDevices.bind(mediaDevices);
  const kept = stream => {
    window.tracks.push(...stream.getTracks());
    return stream;
  };
  mediaDevices.getUserMedia = async wishes => {
    await window.devices.waiting?.promise;
    const asked = Object.entries(wishes).filter(([, one]) => one);
    // a device that only the list knows is the one there is
    const real = asked.map(([kind, one]) => [kind, one.deviceId?.exact === 'other' ? true : one]);
    for (const [kind, one] of asked) {
      const error = one.deviceId?.exact === 'other' ? undefined : window.devices.fails[kind];
      if (error) throw new DOMException('', error);
    }
    return kept(await open(Object.fromEntries(real)));
  };
  mediaDevices.enumerateDevices = async () => window.devices.list?.(await list()) ?? (await list());
}
