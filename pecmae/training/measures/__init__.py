"""What `pecmae evaluate` measures of a bundle, a module a kind of measure, and the report of it."""
