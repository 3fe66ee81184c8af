"""The interests every deployment starts with.

A key is for ever: people's choices hold it. Labels, categories and icons may change; the next start brings them
up to date. Icons are names of the Lucide set.
"""

from typing import NamedTuple

from .interests import Category


class Entry(NamedTuple):
    """One interest of the catalogue."""

    key: str
    label: str
    category: Category
    icon: str


CATALOGUE: tuple[Entry, ...] = (
    Entry("biology", "Biology", "academic", "dna"),
    Entry("chemistry", "Chemistry", "academic", "flask-conical"),
    Entry("computer-science", "Computer science", "academic", "binary"),
    Entry("economics", "Economics", "academic", "chart-line"),
    Entry("engineering", "Engineering", "academic", "cog"),
    Entry("environmental-science", "Environmental science", "academic", "leaf"),
    Entry("history", "History", "academic", "landmark"),
    Entry("languages", "Languages", "academic", "languages"),
    Entry("law", "Law", "academic", "scale"),
    Entry("literature", "Literature", "academic", "book-open"),
    Entry("mathematics", "Mathematics", "academic", "sigma"),
    Entry("medicine", "Medicine", "academic", "stethoscope"),
    Entry("philosophy", "Philosophy", "academic", "lightbulb"),
    Entry("physics", "Physics", "academic", "atom"),
    Entry("psychology", "Psychology", "academic", "brain"),
    Entry("sociology", "Sociology", "academic", "users"),
    Entry("agriculture", "Agriculture", "industry", "wheat"),
    Entry("ai-industry", "Artificial intelligence", "industry", "bot"),
    Entry("automotive", "Automotive", "industry", "car"),
    Entry("biotechnology", "Biotechnology", "industry", "microscope"),
    Entry("construction", "Construction", "industry", "hard-hat"),
    Entry("consulting", "Consulting", "industry", "briefcase"),
    Entry("cybersecurity", "Cybersecurity", "industry", "shield"),
    Entry("e-commerce", "E-commerce", "industry", "shopping-cart"),
    Entry("education", "Education", "industry", "graduation-cap"),
    Entry("energy", "Energy", "industry", "zap"),
    Entry("entertainment", "Entertainment", "industry", "clapperboard"),
    Entry("finance", "Finance", "industry", "banknote"),
    Entry("games-industry", "Games", "industry", "gamepad-2"),
    Entry("healthcare", "Healthcare", "industry", "heart-pulse"),
    Entry("hospitality", "Hospitality", "industry", "hotel"),
    Entry("logistics", "Logistics", "industry", "truck"),
    Entry("manufacturing", "Manufacturing", "industry", "factory"),
    Entry("media", "Media", "industry", "newspaper"),
    Entry("nonprofit", "Non-profit", "industry", "hand-heart"),
    Entry("public-sector", "Public sector", "industry", "building-2"),
    Entry("real-estate", "Real estate", "industry", "house"),
    Entry("software", "Software", "industry", "code"),
    Entry("telecommunications", "Telecommunications", "industry", "radio-tower"),
    Entry("accounting", "Accounting", "skill", "calculator"),
    Entry("cloud-infrastructure", "Cloud infrastructure", "skill", "cloud"),
    Entry("data-analysis", "Data analysis", "skill", "chart-bar"),
    Entry("entrepreneurship", "Entrepreneurship", "skill", "rocket"),
    Entry("fundraising", "Fundraising", "skill", "piggy-bank"),
    Entry("graphic-design", "Graphic design", "skill", "pen-tool"),
    Entry("leadership", "Leadership", "skill", "flag"),
    Entry("machine-learning", "Machine learning", "skill", "brain-circuit"),
    Entry("marketing", "Marketing", "skill", "megaphone"),
    Entry("mentoring", "Mentoring", "skill", "handshake"),
    Entry("mobile-development", "Mobile development", "skill", "smartphone"),
    Entry("negotiation", "Negotiation", "skill", "messages-square"),
    Entry("product-management", "Product management", "skill", "clipboard-list"),
    Entry("project-management", "Project management", "skill", "kanban"),
    Entry("public-speaking", "Public speaking", "skill", "mic"),
    Entry("recruiting", "Recruiting", "skill", "user-plus"),
    Entry("research", "Research", "skill", "search"),
    Entry("sales", "Sales", "skill", "trending-up"),
    Entry("ux-design", "UX design", "skill", "layout"),
    Entry("web-development", "Web development", "skill", "globe"),
    Entry("writing", "Writing", "skill", "feather"),
    Entry("art", "Art", "personal", "palette"),
    Entry("board-games", "Board games", "personal", "dices"),
    Entry("cooking", "Cooking", "personal", "chef-hat"),
    Entry("cycling", "Cycling", "personal", "bike"),
    Entry("dancing", "Dancing", "personal", "music-2"),
    Entry("film", "Film", "personal", "film"),
    Entry("fitness", "Fitness", "personal", "dumbbell"),
    Entry("football", "Football", "personal", "goal"),
    Entry("gardening", "Gardening", "personal", "flower"),
    Entry("hiking", "Hiking", "personal", "mountain"),
    Entry("meditation", "Meditation", "personal", "flower-2"),
    Entry("music", "Music", "personal", "music"),
    Entry("parenting", "Parenting", "personal", "baby"),
    Entry("pets", "Pets", "personal", "paw-print"),
    Entry("photography", "Photography", "personal", "camera"),
    Entry("reading", "Reading", "personal", "book"),
    Entry("running", "Running", "personal", "footprints"),
    Entry("travel", "Travel", "personal", "plane"),
    Entry("video-games", "Video games", "personal", "gamepad"),
    Entry("volunteering", "Volunteering", "personal", "heart"),
)
