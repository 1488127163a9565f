"""What people have set up about each jack: outside lines and telephones, by name, number and use."""
