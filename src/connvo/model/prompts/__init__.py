"""Prompts: ideas made before a call, nudges found during it, what each member sees of them, and their feedback."""
