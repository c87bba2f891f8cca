"""API of prospecting: each part brings its own router."""

from ninja import Router

from tandem.prospecting.web import api_lists, api_ranking, api_research, api_sources

router = Router()
router.add_router("", api_ranking.router)
router.add_router("", api_sources.router)
router.add_router("", api_lists.router)
router.add_router("", api_research.router)
