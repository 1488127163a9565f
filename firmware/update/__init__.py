"""Updates of the appliance: signed bundles into the other root slot, and the self-check that makes a slot good."""
