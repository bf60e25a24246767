"""Who came back, by cohort."""
