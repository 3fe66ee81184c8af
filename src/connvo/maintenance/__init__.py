"""Work on a whole database, for the command line: copies of it, erasing people, ending sign-ins."""
