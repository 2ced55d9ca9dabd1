"""The main job of the portal from end to end, over HTTP, as the people who use it would do it."""
