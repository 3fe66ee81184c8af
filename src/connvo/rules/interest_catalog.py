"""The interests that every deployment starts with.

A key is permanent, because users' choices refer to it. Labels, categories and icons may change; the next start of the
server updates them. Icons are names of the Lucide set.
"""

from typing import NamedTuple

from .interests import Category


class CatalogInterest(NamedTuple):
    """One interest of the catalogue."""

    key: str
    label: str
    category: Category
    icon: str


CATALOGUE: tuple[CatalogInterest, ...] = (
    CatalogInterest("biology", "Biology", "academic", "dna"),
    CatalogInterest("chemistry", "Chemistry", "academic", "flask-conical"),
    CatalogInterest("computer-science", "Computer science", "academic", "binary"),
    CatalogInterest("economics", "Economics", "academic", "chart-line"),
    CatalogInterest("engineering", "Engineering", "academic", "cog"),
    CatalogInterest("environmental-science", "Environmental science", "academic", "leaf"),
    CatalogInterest("history", "History", "academic", "landmark"),
    CatalogInterest("languages", "Languages", "academic", "languages"),
    CatalogInterest("law", "Law", "academic", "scale"),
    CatalogInterest("literature", "Literature", "academic", "book-open"),
    CatalogInterest("mathematics", "Mathematics", "academic", "sigma"),
    CatalogInterest("medicine", "Medicine", "academic", "stethoscope"),
    CatalogInterest("philosophy", "Philosophy", "academic", "lightbulb"),
    CatalogInterest("physics", "Physics", "academic", "atom"),
    CatalogInterest("psychology", "Psychology", "academic", "brain"),
    CatalogInterest("sociology", "Sociology", "academic", "users"),
    CatalogInterest("agriculture", "Agriculture", "industry", "wheat"),
    CatalogInterest("ai-industry", "Artificial intelligence", "industry", "bot"),
    CatalogInterest("automotive", "Automotive", "industry", "car"),
    CatalogInterest("biotechnology", "Biotechnology", "industry", "microscope"),
    CatalogInterest("construction", "Construction", "industry", "hard-hat"),
    CatalogInterest("consulting", "Consulting", "industry", "briefcase"),
    CatalogInterest("cybersecurity", "Cybersecurity", "industry", "shield"),
    CatalogInterest("e-commerce", "E-commerce", "industry", "shopping-cart"),
    CatalogInterest("education", "Education", "industry", "graduation-cap"),
    CatalogInterest("energy", "Energy", "industry", "zap"),
    CatalogInterest("entertainment", "Entertainment", "industry", "clapperboard"),
    CatalogInterest("finance", "Finance", "industry", "banknote"),
    CatalogInterest("games-industry", "Games", "industry", "gamepad-2"),
    CatalogInterest("healthcare", "Healthcare", "industry", "heart-pulse"),
    CatalogInterest("hospitality", "Hospitality", "industry", "hotel"),
    CatalogInterest("logistics", "Logistics", "industry", "truck"),
    CatalogInterest("manufacturing", "Manufacturing", "industry", "factory"),
    CatalogInterest("media", "Media", "industry", "newspaper"),
    CatalogInterest("nonprofit", "Non-profit", "industry", "hand-heart"),
    CatalogInterest("public-sector", "Public sector", "industry", "building-2"),
    CatalogInterest("real-estate", "Real estate", "industry", "house"),
    CatalogInterest("software", "Software", "industry", "code"),
    CatalogInterest("telecommunications", "Telecommunications", "industry", "radio-tower"),
    CatalogInterest("accounting", "Accounting", "skill", "calculator"),
    CatalogInterest("cloud-infrastructure", "Cloud infrastructure", "skill", "cloud"),
    CatalogInterest("data-analysis", "Data analysis", "skill", "chart-bar"),
    CatalogInterest("entrepreneurship", "Entrepreneurship", "skill", "rocket"),
    CatalogInterest("fundraising", "Fundraising", "skill", "piggy-bank"),
    CatalogInterest("graphic-design", "Graphic design", "skill", "pen-tool"),
    CatalogInterest("leadership", "Leadership", "skill", "flag"),
    CatalogInterest("machine-learning", "Machine learning", "skill", "brain-circuit"),
    CatalogInterest("marketing", "Marketing", "skill", "megaphone"),
    CatalogInterest("mentoring", "Mentoring", "skill", "handshake"),
    CatalogInterest("mobile-development", "Mobile development", "skill", "smartphone"),
    CatalogInterest("negotiation", "Negotiation", "skill", "messages-square"),
    CatalogInterest("product-management", "Product management", "skill", "clipboard-list"),
    CatalogInterest("project-management", "Project management", "skill", "kanban"),
    CatalogInterest("public-speaking", "Public speaking", "skill", "mic"),
    CatalogInterest("recruiting", "Recruiting", "skill", "user-plus"),
    CatalogInterest("research", "Research", "skill", "search"),
    CatalogInterest("sales", "Sales", "skill", "trending-up"),
    CatalogInterest("ux-design", "UX design", "skill", "layout"),
    CatalogInterest("web-development", "Web development", "skill", "globe"),
    CatalogInterest("writing", "Writing", "skill", "feather"),
    CatalogInterest("art", "Art", "personal", "palette"),
    CatalogInterest("board-games", "Board games", "personal", "dices"),
    CatalogInterest("cooking", "Cooking", "personal", "chef-hat"),
    CatalogInterest("cycling", "Cycling", "personal", "bike"),
    CatalogInterest("dancing", "Dancing", "personal", "music-2"),
    CatalogInterest("film", "Film", "personal", "film"),
    CatalogInterest("fitness", "Fitness", "personal", "dumbbell"),
    CatalogInterest("football", "Football", "personal", "goal"),
    CatalogInterest("gardening", "Gardening", "personal", "flower"),
    CatalogInterest("hiking", "Hiking", "personal", "mountain"),
    CatalogInterest("meditation", "Meditation", "personal", "flower-2"),
    CatalogInterest("music", "Music", "personal", "music"),
    CatalogInterest("parenting", "Parenting", "personal", "baby"),
    CatalogInterest("pets", "Pets", "personal", "paw-print"),
    CatalogInterest("photography", "Photography", "personal", "camera"),
    CatalogInterest("reading", "Reading", "personal", "book"),
    CatalogInterest("running", "Running", "personal", "footprints"),
    CatalogInterest("travel", "Travel", "personal", "plane"),
    CatalogInterest("video-games", "Video games", "personal", "gamepad"),
    CatalogInterest("volunteering", "Volunteering", "personal", "heart"),
)
