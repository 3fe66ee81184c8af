"""The programs that connvo is compared with: servers of shared texts, with a client of each, and a recogniser."""
