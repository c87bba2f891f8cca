"""API of intent: each part brings its own router."""

from ninja import Router

router = Router()
