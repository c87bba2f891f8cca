"""The one way to call somebody else's server: bounded in time, size and tries, and never into our own network.

    with open_client("hubspot") as client:
        answer = client.call("GET", "https://api.hubapi.com/crm/v3/objects/companies", headers={"Authorization": ...})
        answer.json()

Only mail, databases and the browser's own pages go other ways.
"""

from tandem.core.outside.client import Answer, Limits, OutsideClient, open_client

__all__ = ["Answer", "Limits", "OutsideClient", "open_client"]
