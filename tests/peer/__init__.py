"""A package, so that its conftest is not taken for another directory's."""
