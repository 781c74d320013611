"""The subjects that footage of 1890 to 1960 shows, as groups of ImageNet's classes.

Each word stands for classes of ImageNet (by number) and for folders of a training collection
whose pictures show it for certain. Words that cannot be told with a precision of 0.85 on pictures
held out are dropped when the head is trained.
"""

from __future__ import annotations

__all__ = ["INDOORS", "OUTDOORS", "SUBJECTS", "WATERS"]

_VESSELS = (472, 484, 554, 576, 625, 693, 694, 780, 814, 871, 914)

SUBJECTS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "boat": ((449, 472, 484, 554, 576, 625, 693, 694, 780, 814, 871, 914), ("ketch", "schooner")),
    "ship": ((403, 510, 540, 628, 724, 833, 913), ("ferry",)),
    "harbor": ((460, 536, 718), ()),
    "locomotive": ((466, 547, 820), ()),
    "train": ((466, 547, 565, 705, 820, 829), ()),
    "horse cart": ((476, 603, 612, 690), ()),
    "car": (
        (
            407,
            436,
            468,
            475,
            479,
            511,
            555,
            569,
            581,
            609,
            627,
            654,
            656,
            661,
            675,
            717,
            734,
            751,
            817,
            864,
            867,
        ),
        ("red", "black", "white", "yellow"),
    ),
    "truck": ((555, 569, 586, 675, 717, 864, 867), ()),
    "bicycle": ((444, 671, 870, 880), ()),
    "airplane": ((404, 895, 908), ("airplanes",)),
    "airship": ((405, 417, 701), ()),
    "church": ((406, 442, 497, 538, 663, 668, 832, 884), ("minaret", "pagoda")),
    "castle": ((483, 682, 698, 873), ()),
    "bridge": ((821, 839, 888), ()),
    "house": ((425, 449, 660, 706, 853, 858), ("house",)),
    "shop": ((415, 424, 454, 467, 509, 582, 762, 788, 860, 865), ()),
    "street": ((468, 704, 874, 919, 920), ("00000",)),
    "stage": ((818, 819, 854), ("auditorium",)),
    "piano": ((579, 687, 881), ("grand_piano",)),
    "guitar": ((402, 420, 546), ("guitar",)),
    "violin": ((486, 889), ()),
    "brass": ((432, 513, 558, 566, 683, 776, 875), ("saxophone", "euphonium")),
    "drum": ((541, 542, 577, 822), ()),
    "accordion": ((401,), ()),
    "gown": ((578, 601, 689, 982), ()),
    "suit": ((457, 834, 906), ()),
    "uniform": ((439, 652, 715), ()),
    "robe": ((399, 400, 501, 614, 735, 775, 887), ()),
    "fur": ((552, 568, 824), ()),
    "hat": ((452, 515, 808), ()),
    "horse": ((339, 340, 603), ("horse",)),
    "cow": ((345, 346, 690), ()),
    "elephant": ((101, 385, 386), ("elephant",)),
    "dog": ((*range(151, 269),), ("dog", "dalmatian")),
    "cat": ((281, 282, 283, 284, 285), ("wild_cat",)),
    "wild animal": (
        (288, 289, 290, 291, 292, 293, 294, 295, 296, 297, 344, 365, 366, 367, 372, 373),
        (
            "Leopards",
            "cougar_body",
            "cougar_face",
            "rhino",
            "giraffe",
            "kangaroo",
            "llama",
            "gerenuk",
            "okapi",
            "panda",
            "elephant",
        ),
    ),
    "bird": (
        (*range(7, 25), *range(80, 101), *range(127, 147)),
        ("emu", "flamingo", "flamingo_head", "ibis", "pigeon"),
    ),
    "fish": ((0, 1, 2, 3, 4, 5, 6, 389, 390, 391, 392, 393, 394, 395, 396, 397), ()),
    "flower": ((738, 883, 985, 986), ("sunflower", "water_lilly", "lotus")),
    "food": ((*range(923, 970),), ("strawberry",)),
    "garden": ((562, 580, 646, 706), ("garden",)),
    "seaside": ((460, 973, 976, 977, 978), ("ocean",)),
    "lake": ((472, 525, 975), ()),
    "mountain": ((672, 970, 972, 979, 980), ("mountain",)),
    "waterfall": ((), ("waterfall",)),
    "desert": ((), ("desert",)),
    "forest": ((), ("bamboo_forest",)),
    "windmill": ((), ("windmill",)),
    "library": ((453, 454, 624), ("library",)),
    "kitchen": ((534, 651, 760, 827), ("kitchen",)),
    "office": ((526, 527), ("computer_room",)),
    "gallery": ((), ("art_gallery",)),
    "ice": ((450, 537, 746, 795, 802), ("ice_skating",)),
    "sports field": (
        (429, 560, 768, 781, 805, 890, 981),
        ("baseball_field", "football_field", "tennis_court"),
    ),
    "tennis": ((752, 852), ("tennis_court",)),
    "gymnastics": ((416, 602, 702, 843), ()),
    "swimming": ((433, 445, 638, 639, 801, 842, 983), ()),
    "bed": ((431, 516, 520, 564, 750, 831), ()),
    "table": ((526, 532, 736, 762), ()),
    "fence": ((489, 716, 825, 912), ()),
    "farm": ((425, 595, 730, 856, 866, 958, 984, 987), ()),
    "gun": ((413, 471, 657, 744, 763, 764, 847), ()),
    "clock": ((409, 826, 892), ()),
    "umbrella": ((879,), ("umbrella",)),
    "sculpture": ((708, 863), ("buddha",)),
}
"""Word: (ImageNet classes, folders of the collection)."""
INDOORS = ("art_gallery", "auditorium", "computer_room", "kitchen", "laundromat", "library")
OUTDOORS = (
    "bamboo_forest", "baseball_field", "campus", "desert", "football_field", "garden", "highway",
    "mountain", "ocean", "sky", "tennis_court", "waterfall", "windmill", "house", "image_SRF_2",
    "image_SRF_8", "street fashion person",
)  # fmt: skip
"""Folders whose pictures were taken inside, and outside."""
WATERS = (
    (*_VESSELS, 460, 510, 525, 536, 628, 718, 975, 976, 977, 978),
    ("ocean", "waterfall", "ferry", "ketch"),
)
