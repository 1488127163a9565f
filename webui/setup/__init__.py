"""Setup: plain pages made from the models of the setup's sections. How to add one: README.md beside this."""
