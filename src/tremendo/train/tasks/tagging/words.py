"""The subjects that footage of 1890 to 1960 shows, as groups of ImageNet's classes and as folders.

Classes are numbers of ImageNet (ILSVRC 2012). Folders are those of the training collection.
"""

from __future__ import annotations

from itertools import chain

__all__ = ["INDOORS", "OF_THE_PERIOD", "OUTDOORS", "SCENES", "SUBJECTS", "WATERS"]

SUBJECTS: dict[str, tuple[int, ...]] = {
    "boat": (472, 484, 554, 576, 625, 693, 780, 814, 871, 914),
    "ship": (403, 510, 628, 724, 833, 913),
    "harbor": (460, 536, 718),
    "locomotive": (547, 820),
    "train": (466, 547, 565, 705, 820),
    "tram": (829, 874),
    "horse cart": (603, 690),
    "rickshaw": (612,),
    "carousel": (476,),
    "car": (407, 436, 468, 475, 479, 511, 581, 609, 627, 656, 661, 734, 751, 817),
    "truck": (555, 569, 586, 675, 717, 847, 864, 867),
    "bicycle": (444, 671, 870, 880),
    "airplane": (404, 895, 908),
    "airship": (405, 417),
    "church": (406, 442, 497, 663),
    "temple": (538, 668, 832),
    "castle": (483, 698),
    "monument": (649, 682, 708, 863, 873),
    "bridge": (821, 839, 888),
    "house": (425, 660, 853, 858),
    "shop": (415, 424, 454, 467, 509, 582, 762, 788, 860, 865),
    "piano": (579, 881),
    "guitar": (402, 420, 546),
    "violin": (486, 889),
    "brass": (432, 513, 558, 566, 683, 776, 875),
    "drum": (541, 542),
    "accordion": (401,),
    "gown": (578, 601, 689, 982),
    "suit": (457, 834, 906),
    "uniform": (439, 652, 715),
    "robe": (399, 400, 501, 614, 735, 775, 887),
    "fur": (568,),
    "armor": (461, 490, 524),
    "swimsuit": (433, 445, 638, 639, 842),
    "hat": (452, 515, 808),
    "horse": (339,),
    "zebra": (340,),
    "cow": (345, 346),
    "elephant": (101, 385, 386),
    "dog": tuple(range(151, 269)),
    "cat": (281, 282, 283, 284, 285),
    "wild animal": (*range(286, 298), 344, *range(365, 384)),
    "bird": (*range(7, 25), *range(80, 101), *range(127, 147)),
    "fish": (*range(7), *range(389, 398)),
    "flower": (738, 883, 985, 986),
    "food": tuple(range(923, 970)),
    "lake": (472, 525, 975),
    "gymnastics": (416, 602, 702),
    "bed": (431, 516, 520, 564, 750),
    "umbrella": (879,),
    "gun": (413, 471, 763, 764),
    "clock": (409, 826, 892),
    "farm work": (595, 730, 856, 866, 958),
    "telephone": (528, 707),
    "tent": (672,),
}
"""Word: ImageNet classes that show it."""

OF_THE_PERIOD = frozenset(
    {"locomotive", "train", "tram", "horse cart", "rickshaw", "bicycle", "accordion", "gown",
     "suit", "uniform", "robe", "hat", "shop"}
)  # fmt: skip
"""Words that an archive of the period shows at least five times as often as photographs of today
do (45 period photographs: six to forty times)."""

SCENES: dict[str, tuple[str, ...]] = {
    "stage": ("auditorium",),
    "street": ("highway",),
    "garden": ("garden",),
    "forest": ("bamboo_forest",),
    "waterfall": ("waterfall",),
    "desert": ("desert",),
    "mountain": ("mountain",),
    "seaside": ("ocean",),
    "windmill": ("windmill",),
    "library": ("library",),
    "kitchen": ("kitchen",),
    "office": ("computer_room",),
    "gallery": ("art_gallery",),
    "statue": ("buddha",),
    "ice": ("ice_skating",),
    "sports field": ("baseball_field", "football_field", "tennis_court"),
}
"""Word: folders whose pictures show it."""

INDOORS = (
    (
        *(415, 423, 424, 435, 453, 454, 467, 493, 495, 498, 509, 516, 520, 526, 532, 534, 548),
        *(553, 564, 579, 582, 624, 651, 736, 750, 760, 762, 765, 788, 789, 799, 827, 831, 846),
        *(851, 857, 859, 860, 861, 865, 876, 881, 894, 896, 897, 905),
    ),
    ("art_gallery", "auditorium", "computer_room", "kitchen", "laundromat", "library"),
)
OUTDOORS = (
    (
        *(403, 404, 425, 436, 437, 449, 460, 466, 468, 472, 483, 484, 497, 500, 510, 511, 525),
        *(536, 538, 547, 554, 555, 565, 569, 576, 603, 609, 612, 625, 627, 628, 634, 645, 649),
        *(656, 660, 661, 663, 668, 671, 672, 675, 682, 690, 698, 703, 704, 716, 717, 718, 730),
        *(734, 751, 779, 780, 795, 802, 814, 817, 820, 821, 825, 829, 832, 839, 853, 856, 858),
        *(864, 866, 867, 871, 873, 874, 888, 895, 900, 912, 913, 914, 919, 920, 958, 970, 972),
        *(974, 975, 976, 977, 978, 979, 980, 981),
    ),
    (
        *("bamboo_forest", "baseball_field", "campus", "desert", "ferry", "football_field"),
        *("garden", "highway", "house", "image_SRF_2", "image_SRF_8", "ketch", "mountain"),
        *("ocean", "schooner", "sky", "tennis_court", "waterfall", "windmill"),
    ),
)
"""Classes and folders of what stands inside, and outside."""
WATERS = (
    tuple(chain((460, 510, 525, 536, 628, 694, 718), SUBJECTS["boat"], range(975, 979))),
    ("ferry", "ketch", "ocean", "schooner", "waterfall"),
)
