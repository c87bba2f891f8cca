"""API of engagement: each part brings its own router."""

from ninja import Router

router = Router()
