"""Each symptom is a function of the record of a run alone; what its threshold rests on stands beside it."""
