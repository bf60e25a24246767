"""The lake: DuckLake tables as Parquet files, filled from the log by the relay and kept small, sorted and free of the erased."""
