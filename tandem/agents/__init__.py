"""The runtime of AI tasks: contracts, routing, engines, guards, budgets, evals."""
