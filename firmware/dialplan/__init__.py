"""What is dialled and by whom, over which line it goes, and who answers when: decided purely, with reasons."""
