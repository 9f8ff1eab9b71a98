"""The answer of `/api/v1/bundles/{name}/map`, whose training segments are columns, by segment."""

from typing import Any


def points_of(bundle_map: dict[str, Any]) -> list[dict[str, Any]]:
    """The training segments of a map, each with its id, class, track, title, start, place and sound."""
    columns, classes, tracks = bundle_map["points"], bundle_map["classes"], bundle_map["tracks"]
    names = ("ids", "class_index", "track_index", "start_s", "map", "audio")
    return [
        {
            "id": name,
            "class": classes[class_index]["id"],
            "track": tracks[track_index]["id"],
            "title": tracks[track_index]["title"],
            "start_s": start_s,
            "map": place,
            "audio": audio,
        }
        for name, class_index, track_index, start_s, place, audio in zip(*(columns[n] for n in names), strict=True)
    ]
