"""Pure decisions of the insight room: metrics, periods, the shape of a report, health and experiments."""
