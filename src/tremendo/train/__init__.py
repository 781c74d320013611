"""Networks of one's own: material in, ONNX files out (extra ``train``).

``core/`` is the one trainer; ``tasks/`` is what each network learns, in at most four files:
``network.py``, ``dataset.py``, ``loss.py`` and ``task.py`` with its recipe and its ``train_...``.
Nothing else in tremendo imports this room.
"""
