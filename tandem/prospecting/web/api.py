"""API of prospecting: each part brings its own router."""

from ninja import Router

from tandem.prospecting.web import api_ranking

router = Router()
router.add_router("", api_ranking.router)
