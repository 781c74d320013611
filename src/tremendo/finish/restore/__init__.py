"""Native frames of a shot in, the same frames restored out: :func:`restore_film`.

A first pass measures every frame (``frame_stats``, ``shot_analysis``), each step (``step``) makes
its plan of the shot from the measures, and a second pass (``chain``) runs the steps as a stream.
"""
