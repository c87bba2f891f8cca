"""Proof that nothing leaves against the gate: a town of made-up people, a model that knows what may never happen, and
three ways to try the gate against it. `tandem comply prove` runs them; docs/how-to/prove-suppression.md reads them.
"""
