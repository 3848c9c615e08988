"""The exact evaluator and the host function against mpmath, on random curves: what draws, what knows, what compares."""
