"""Calls: each walks from place to place (`places`) until it ends; what happens at a place is a coroutine."""
