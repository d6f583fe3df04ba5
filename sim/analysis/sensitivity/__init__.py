"""What drives a difference between arms, and what could turn the decision."""
