"""Media rooms of meetings at their providers: opening, entering, moving and closing them."""
