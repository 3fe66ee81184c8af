// Plays a recording over and over in place of the microphone: Firefox has no setting for a file.
(recording) => {
  // An empty page has no devices.
  if (!navigator.mediaDevices) return;
  const opened = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await opened(wanted);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      stream.addTrack(await played());
    }
    return stream;
  };
  const played = async () => {
    const context = new AudioContext();
    const player = context.createBufferSource();
    const bytes = Uint8Array.from(atob(recording), (char) => char.charCodeAt(0));
    player.buffer = await context.decodeAudioData(bytes.buffer);
    player.loop = true;
    const heard = context.createMediaStreamDestination();
    player.connect(heard);
    player.start();
    return heard.stream.getAudioTracks()[0];
  };
}
