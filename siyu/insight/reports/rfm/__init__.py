"""Who is worth what, by recency, frequency and money."""
