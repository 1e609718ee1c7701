"""What is done with the work that the bureau asks for; one file per noun."""
