"""Recipes: YAML files, each of which defines a model, its data, its training and its export."""

from zoo.recipe.catalogue import catalogue
from zoo.recipe.recipe import Recipe
from zoo.schema.problems import InvalidRecipe, Problem

__all__ = ["InvalidRecipe", "Problem", "Recipe", "catalogue"]
