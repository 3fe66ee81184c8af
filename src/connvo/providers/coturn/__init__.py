"""The TURN server beside this server: coturn on this machine, with a generated configuration."""
