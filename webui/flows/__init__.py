"""The flow editor: the list of flows, and one flow drawn, changed, published and tried."""
