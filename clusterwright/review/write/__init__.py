"""A review in each of its formats."""

from clusterwright.review.write.markdown import as_markdown

FORMATS = {"markdown": as_markdown}
