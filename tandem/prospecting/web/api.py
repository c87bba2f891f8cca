"""API of prospecting: each part brings its own router."""

from ninja import Router

from tandem.prospecting.web import api_ranking, api_sources

router = Router()
router.add_router("", api_ranking.router)
router.add_router("", api_sources.router)
