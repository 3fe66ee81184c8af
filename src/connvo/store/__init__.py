"""Store documents, with exact read sets and a gap-free commit log.

Does not know: meetings, users, or any other noun of the product.
"""
