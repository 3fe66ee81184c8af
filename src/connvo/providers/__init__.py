"""External services behind small protocols. Each module knows one service and none of our documents."""
