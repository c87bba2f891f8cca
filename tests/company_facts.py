"""The facts of the small company, as tables that a reader can take in: people, accounts, contacts, deals, touches.

Everything here is made up. Addresses end in `.example`, phone numbers are reserved for fiction where such ranges exist.
"""

from __future__ import annotations

# key: name, role, team, reports to, country, time zone
PEOPLE = {
    "lena": ("Lena Hartmann", "manager", "DACH", None, "DE", "Europe/Berlin"),
    "maya": ("Maya Okafor", "seller", "DACH", "lena", "DE", "Europe/Berlin"),
    "priya": ("Priya Raman", "sdr", "DACH", "lena", "AT", "Europe/Vienna"),
    "liam": ("Liam O'Connor", "seller", "Americas", None, "US", "America/Chicago"),
    "olga": ("Olga Lindqvist", "revops", None, None, "SE", "Europe/Stockholm"),
    "victor": ("Victor Almeida", "executive", None, None, "PT", "Europe/Lisbon"),
    "cleo": ("Cléo Martin", "compliance", None, None, "FR", "Europe/Paris"),
}
# One person to sign in with for each role.
FACES = {
    "seller": "maya",
    "sdr": "priya",
    "manager": "lena",
    "revops": "olga",
    "executive": "victor",
    "compliance": "cleo",
}
# name: parent, region
TEAMS = {"Sales": (None, ""), "EMEA": ("Sales", "EMEA"), "DACH": ("EMEA", "EMEA"), "Americas": ("Sales", "AMER")}

# key: name, kind, system, fresh within hours
SOURCES = {
    "crm": ("Salesforce", "crm", "salesforce", 24),
    "marketing": ("HubSpot", "marketing", "hubspot", 48),
    "vendor": ("ZoomInfo list", "vendor", "zoominfo", None),
}

# key: name, owner, domain, type, segment, industry, employees, revenue, currency, city, country, parent, sources
ACCOUNTS = {
    "kroeger": ("Kröger Maschinenbau GmbH", "maya", "kroeger.example", "customer", "mid-market", "Machinery", 840,
                "182000000", "EUR", "Stuttgart", "DE", None, "crm marketing vendor"),
    "kroeger_uk": ("Kröger UK Ltd", "liam", "kroeger-uk.example", "prospect", "smb", "Machinery", 60,
                   "9100000", "GBP", "Leeds", "GB", "kroeger", "crm"),
    "alpine": ("Alpine Robotics AG", "maya", "alpine-robotics.example", "prospect", "mid-market", "Robotics", 310,
               "75000000", "CHF", "Winterthur", "CH", None, "crm marketing"),
    "donau": ("Donau Logistik GmbH", "maya", "donau-logistik.example", "prospect", "mid-market", "Logistics", 520,
              None, "", "Linz", "AT", None, "crm"),
    "fjord": ("Fjord Shipping AS", "priya", "fjord.example", "prospect", "smb", "Shipping", 95,
              "21000000", "NOK", "Bergen", "NO", None, "crm"),
    "helios": ("Helios Energie SE", "lena", "helios-energie.example", "customer", "enterprise", "Energy", 12400,
               "5400000000", "EUR", "Essen", "DE", None, "crm vendor"),
    "brightwater": ("Brightwater Foods Inc", "liam", "brightwater.example", "customer", "enterprise", "Food", 6100,
                    "1900000000", "USD", "Chicago", "US", None, "crm marketing"),
    "cascade": ("Cascade Health Systems", "liam", "cascade-health.example", "prospect", "enterprise", "Healthcare",
                15300, "3100000000", "USD", "Portland", "US", None, "crm"),
    "juniper": ("Juniper Bay Insurance", "liam", "juniperbay.example", "prospect", "mid-market", "Insurance", 1450,
                None, "", "Hartford", "US", None, "crm vendor"),
    "pinewood": ("Pinewood Textiles", "liam", "pinewood.example", "former", "smb", "Textiles", 130,
                 "12000000", "USD", "Raleigh", "US", None, "crm"),
    "quayside": ("Quayside Analytics", None, "quayside.example", "prospect", "smb", "Software", 48,
                 None, "", "Bristol", "GB", None, "marketing"),
    "twin": ("Kroeger Maschinenbau", None, "kroeger.example", "", "", "Machinery", 800,
             None, "", "Stuttgart", "DE", None, "vendor"),
}  # fmt: skip

# key: name, account, owner, title, seniority, department, mail, phone, country, sources, flags
CONTACTS = {
    "anna": ("Anna Weiss", "kroeger", "maya", "Head of Production", "director", "Operations",
             "anna.weiss@kroeger.example", "+4971155501201", "DE", "crm marketing vendor", ""),
    "bernd": ("Bernd Kröger", "kroeger", "maya", "Managing Director", "c_level", "Management",
              "bernd.kroeger@kroeger.example", "+4971155501202", "DE", "crm", ""),
    "carla": ("Carla Neumann", "kroeger", "maya", "Buyer", "staff", "Purchasing",
              "carla.neumann@kroeger.example", "", "DE", "crm marketing", "opted_out"),
    "dieter": ("Dieter Vogt", "kroeger", "maya", "IT Manager", "manager", "IT",
               "dieter.vogt@kroeger.example", "+4971155501204", "DE", "crm", "has_left"),
    "emma": ("Emma Clarke", "kroeger_uk", "liam", "Operations Manager", "manager", "Operations",
             "emma.clarke@kroeger-uk.example", "+441134960101", "GB", "crm", ""),
    "fabio": ("Fabio Keller", "alpine", "maya", "Chief Technology Officer", "c_level", "Engineering",
              "fabio.keller@alpine-robotics.example", "+41525550110", "CH", "crm marketing", ""),
    "greta": ("Greta Moser", "alpine", "maya", "Procurement Lead", "manager", "Purchasing",
              "greta.moser@alpine-robotics.example", "", "CH", "marketing", ""),
    "hannes": ("Hannes Gruber", "donau", "maya", "Head of Fleet", "director", "Operations",
               "hannes.gruber@donau-logistik.example", "+437325550120", "AT", "crm", "do_not_call"),
    "ingrid": ("Ingrid Solberg", "fjord", "priya", "Finance Director", "director", "Finance",
               "ingrid.solberg@fjord.example", "+4755550130", "NO", "crm", ""),
    "jonas": ("Jonas Brandt", "helios", "lena", "Chief Procurement Officer", "c_level", "Purchasing",
              "jonas.brandt@helios-energie.example", "+4920155500140", "DE", "crm vendor", ""),
    "katrin": ("Katrin Schulz", "helios", "lena", "Legal Counsel", "manager", "Legal",
               "katrin.schulz@helios-energie.example", "", "DE", "crm", ""),
    "marcus": ("Marcus Bell", "brightwater", "liam", "VP Supply Chain", "vp", "Operations",
               "marcus.bell@brightwater.example", "+13125550150", "US", "crm marketing", ""),
    "nora": ("Nora Diaz", "brightwater", "liam", "Plant Manager", "manager", "Operations",
             "nora.diaz@brightwater.example", "+13125550151", "US", "crm", ""),
    "oscar": ("Oscar Lind", "cascade", "liam", "Chief Information Officer", "c_level", "IT",
              "oscar.lind@cascade-health.example", "+15035550160", "US", "crm", ""),
    "paula": ("Paula Reyes", "cascade", "liam", "Director of Purchasing", "director", "Purchasing",
              "paula.reyes@cascade-health.example", "", "US", "crm", ""),
    "quentin": ("Quentin Shaw", "juniper", "liam", "Head of Claims", "director", "Operations",
                "quentin.shaw@juniperbay.example", "+18605550170", "US", "crm vendor", ""),
    "rosa": ("Rosa Green", "pinewood", "liam", "Owner", "c_level", "Management",
             "rosa.green@pinewood.example", "+19195550180", "US", "crm", ""),
    "sofia": ("Sofia Park", "quayside", None, "Founder", "c_level", "Management",
              "sofia.park@quayside.example", "", "GB", "marketing", ""),
    "tom": ("Tom Ellery", None, None, "Consultant", "staff", "",
            "tom@ellery.example", "", "GB", "marketing", ""),
    "anna_twin": ("A. Weiss", "twin", None, "Production Head", "director", "Operations",
                  "a.weiss@kroeger.example", "", "DE", "vendor", ""),
}  # fmt: skip

# key: name, account, owner, motion, stage, amount, currency, probability, category, close day, state, opened, next step
DEALS = {
    "kroeger_line": ("Kröger line 4", "kroeger", "maya", "expansion", "Negotiation", "240000", "EUR", 0.7, "commit",
                     "2026-12-15", "open", "2026-06-02", "Contract back from legal on 1 December"),
    "kroeger_renewal": ("Kröger renewal 2027", "kroeger", "maya", "renewal", "Proposal", "90000", "EUR", 0.6,
                        "best_case", "2027-01-31", "open", "2026-10-01", ""),
    "alpine_pilot": ("Alpine pilot", "alpine", "maya", "new", "Discovery", "65000", "CHF", 0.2, "pipeline",
                     "2027-02-28", "open", "2026-09-14", "Workshop in Winterthur"),
    "donau_fleet": ("Donau fleet", "donau", "maya", "new", "Proposal", None, "", 0.4, "pipeline",
                    "2026-11-10", "open", "2026-04-20", ""),
    "fjord_start": ("Fjord starter", "fjord", "priya", "new", "Qualification", "12000", "EUR", 0.1, "pipeline",
                    "2027-03-31", "open", "2026-11-02", "Discovery call"),
    "helios_frame": ("Helios frame contract", "helios", "lena", "expansion", "Negotiation", "1250000", "EUR", 0.8,
                     "commit", "2026-12-20", "open", "2026-02-11", "Board meets on 9 December"),
    "brightwater_rollout": ("Brightwater rollout", "brightwater", "liam", "new", "Closed Won", "410000", "USD", 1.0,
                            "closed", "2026-10-28", "won", "2026-01-15", ""),
    "cascade_core": ("Cascade core", "cascade", "liam", "new", "Proposal", "780000", "USD", 0.5, "best_case",
                     "2026-12-18", "open", "2026-05-05", "Security review"),
    "juniper_first": ("Juniper first step", "juniper", "liam", "new", "Closed Lost", "150000", "USD", 0.0, "omitted",
                      "2026-09-30", "lost", "2026-03-03", ""),
    "kroeger_uk_pilot": ("Kröger UK pilot", "kroeger_uk", "liam", "new", "Discovery", "30000", "GBP", 0.2, "pipeline",
                         "2027-01-20", "open", "2026-08-17", ""),
    "walk_in": ("Fair visitor without a company", None, None, "new", "Qualification", "8000", "EUR", 0.1, "pipeline",
                None, "open", "2026-11-12", ""),
}  # fmt: skip

# deal, field, old, new, at, by
CHANGES = [
    ("kroeger_line", "stage", None, "Discovery", "2026-06-02T09:00", "maya"),
    ("kroeger_line", "stage", "Discovery", "Proposal", "2026-08-19T14:10", "maya"),
    ("kroeger_line", "amount", "180000", "240000", "2026-10-05T11:00", "maya"),
    ("kroeger_line", "close_on", "2026-11-15", "2026-12-15", "2026-11-03T08:20", "maya"),
    ("kroeger_line", "stage", "Proposal", "Negotiation", "2026-11-03T08:20", "maya"),
    ("donau_fleet", "stage", "Discovery", "Proposal", "2026-06-30T10:00", "maya"),
    ("helios_frame", "forecast_category", "best_case", "commit", "2026-11-16T16:45", "lena"),
    ("brightwater_rollout", "stage", "Negotiation", "Closed Won", "2026-10-28T17:00", "liam"),
    ("cascade_core", "amount", "900000", "780000", "2026-11-09T15:00", "liam"),
    ("juniper_first", "stage", "Proposal", "Closed Lost", "2026-09-30T19:30", "liam"),
]
# deal, contact, role, primary
PARTS = [
    ("kroeger_line", "anna", "champion", True),
    ("kroeger_line", "bernd", "economic buyer", False),
    ("alpine_pilot", "fabio", "technical buyer", True),
    ("helios_frame", "jonas", "economic buyer", True),
    ("helios_frame", "katrin", "legal", False),
    ("brightwater_rollout", "marcus", "champion", True),
    ("cascade_core", "oscar", "economic buyer", True),
]
# key: name, family, list price, currency
PRODUCTS = {
    "P-100": ("Line monitor", "Monitoring", "60000", "EUR"),
    "P-200": ("Fleet view", "Monitoring", "25000", "EUR"),
    "S-900": ("Start-up service", "Services", "12000", "EUR"),
}
# deal, line key, product, quantity, unit price
LINES = [
    ("kroeger_line", "L1", "P-100", "4", "57000"),
    ("kroeger_line", "L2", "S-900", "1", "12000"),
    ("alpine_pilot", "L3", "P-100", "1", "65000"),
    ("brightwater_rollout", "L4", "P-200", "16", "25625"),
]
# person, deal, kind, amount, currency, at
CALLS = [
    ("maya", None, "commit", "240000", "EUR", "2026-11-16T07:30"),
    ("maya", None, "best_case", "330000", "EUR", "2026-11-16T07:30"),
    ("maya", None, "commit", "200000", "EUR", "2026-11-23T07:30"),
    ("maya", "kroeger_line", "commit", "240000", "EUR", "2026-11-23T07:31"),
    ("liam", None, "commit", "410000", "USD", "2026-11-23T14:00"),
    ("lena", None, "commit", "1450000", "EUR", "2026-11-23T08:00"),
]
# person, first day, last day, amount, currency
QUOTAS = [
    ("maya", "2026-10-01", "2026-12-31", "400000", "EUR"),
    ("liam", "2026-10-01", "2026-12-31", "600000", "USD"),
    ("priya", "2026-10-01", "2026-12-31", "50000", "EUR"),
    ("lena", "2026-10-01", "2026-12-31", "1500000", "EUR"),
]
# account, deal, product, ends on, amount, currency
RENEWALS = [
    ("kroeger", "kroeger_renewal", "P-100", "2027-01-31", "90000", "EUR"),
    ("helios", None, "P-100", "2027-06-30", "300000", "EUR"),
    ("brightwater", None, "P-200", "2027-10-27", "410000", "USD"),
]
# kind, inbound, at, seconds, subject, body, account, contact, deal, owner
ACTIVITIES = [
    ("email", True, "2026-11-23T15:12", None, "Re: Line 4 contract", "Legal has two questions on the liability clause.",
     "kroeger", "anna", "kroeger_line", "maya"),
    ("email", False, "2026-11-23T09:05", None, "Line 4 contract", "Please find the contract attached.",
     "kroeger", "anna", "kroeger_line", "maya"),
    ("meeting", None, "2026-11-19T13:00", 2700, "Line 4: commercial terms", "", "kroeger", "bernd", "kroeger_line",
     "maya"),
    ("call", False, "2026-11-18T08:45", 420, "Call with Hannes", "No answer on price yet.", "donau", "hannes",
     "donau_fleet", "maya"),
    ("task", None, "2026-11-17T08:00", None, "Send reference list", "", "alpine", "fabio", "alpine_pilot", "maya"),
    ("form", True, "2026-11-15T21:40", None, "Pricing page form", "We run 12 lines.", "alpine", "greta", None, None),
    ("chat", True, "2026-11-14T10:03", None, "", "Can we move Thursday to 3 pm?", "alpine", "fabio", "alpine_pilot",
     "maya"),
    ("social", False, "2026-11-13T07:55", None, "Connection request", "", "fjord", "ingrid", None, "priya"),
    ("sms", True, "2026-11-12T16:20", None, "", "Running 10 minutes late.", "fjord", "ingrid", "fjord_start", "priya"),
    ("meeting", None, "2026-11-16T14:00", 3600, "Helios board preparation", "", "helios", "jonas", "helios_frame",
     "lena"),
    ("note", None, "2026-11-09T15:05", None, "Budget cut", "Scope reduced to two regions.", "cascade", "oscar",
     "cascade_core", "liam"),
    ("email", True, "2026-11-20T18:31", None, "Security questionnaire", "Please answer by Friday.", "cascade", "paula",
     "cascade_core", "liam"),
    ("call", True, "2026-09-29T19:00", 900, "Juniper decision", "They chose Meridian Systems.", "juniper", "quentin",
     "juniper_first", "liam"),
    ("email", True, "2026-11-22T11:00", None, "Question from the fair", "Do you serve consultants?", None, "tom", None,
     None),
    ("meeting", None, "2026-10-27T15:00", 1800, "Brightwater signature", "", "brightwater", "marcus",
     "brightwater_rollout", "liam"),
]  # fmt: skip
# base, quote, on, rate
RATES = [
    ("EUR", "USD", "2026-11-23", "1.10"),
    ("EUR", "CHF", "2026-11-23", "0.95"),
    ("EUR", "GBP", "2026-11-23", "0.85"),
    ("EUR", "USD", "2026-10-27", "1.08"),
    ("EUR", "USD", "2026-09-29", "1.09"),
]
