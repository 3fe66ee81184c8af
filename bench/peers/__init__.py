"""Compare notes with other servers of shared texts, in one run; `node/` has them and a client of each."""
