"""Reports of meetings by rules alone: gist, topics, decisions, actions, questions, speaking, and what is personal."""
