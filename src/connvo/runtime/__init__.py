"""The execution of functions: calls, live queries, jobs and the nodes of a cluster. Knows no transport."""
