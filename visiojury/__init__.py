"""State-diploma oral exams and jury deliberations by video, and the proof of what happened."""

__version__ = "0.1.0"
