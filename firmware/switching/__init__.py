"""What users do with each other's calls and with their own telephones: pick up, listen in, park, meet, divert."""
