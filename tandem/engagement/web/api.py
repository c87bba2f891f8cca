"""API of engagement: each part brings its own router."""

from ninja import Router

from tandem.engagement.web.domains_api import router as domains
from tandem.engagement.web.inbox_api import router as inbox
from tandem.engagement.web.plans_api import router as plans
from tandem.engagement.web.policies_api import router as policies
from tandem.engagement.web.review_api import router as review

router = Router()
router.add_router("", plans)
router.add_router("", policies)
router.add_router("", domains)
router.add_router("", review)
router.add_router("", inbox)
