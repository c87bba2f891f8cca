"""API of engagement: each part brings its own router."""

from ninja import Router

from tandem.engagement.web.domains_api import router as domains

router = Router()
router.add_router("", domains)
