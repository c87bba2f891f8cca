"""The rules of contact as data, and the pure evaluator over them."""
