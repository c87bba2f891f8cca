"""API of agents: each part brings its own router."""

from ninja import Router

from tandem.agents.web import api_runtime

router = Router()
router.add_router("", api_runtime.router)
