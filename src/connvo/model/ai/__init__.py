"""The use of the language model: budgets, and a breaker that all nodes share."""
