"""The pictures of docs/pictures/kinds, one for each kind of the language: documents, drawings, and whether they fit."""
