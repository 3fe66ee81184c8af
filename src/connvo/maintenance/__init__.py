"""Work on a whole database for the command line: archives, erasure of users, sign-ins, reports."""
