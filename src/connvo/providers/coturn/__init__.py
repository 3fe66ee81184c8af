"""The TURN server that runs beside this one: a coturn of this machine, with a configuration made for it."""
