"""The transport: turns HTTP requests and socket messages into function calls.

Does not know: meetings.
"""
