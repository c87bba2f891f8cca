"""API of agents: each part brings its own router."""

from ninja import Router

from tandem.agents.web import api_runtime, tools

router = Router()
router.add_router("", api_runtime.router)
router.add_router("", tools.router)
