"""Models that turn texts into vectors: the embedded one, any server with OpenAI's API, and `lexical-1`."""
