"""The public API: a module is a path, and each of its queries, mutations and actions is a function of it."""
